"""A process manager of its own, with small programs instead of ours."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.processes.client import Running, Supervisor, SupervisorUnavailable
from api.processes.config import Program, config_text
from api.processes.leftovers import mark
from api.processes.places import ROOT, Places

WAIT_S = 20.0
SLEEPER = (sys.executable, "-m", "api.processes.die_with_parent", "sleep", "600")


@dataclass
class Managed:
    """A running process manager."""

    places: Places
    process: subprocess.Popen[bytes]
    supervisor: Supervisor

    def of(self, name: str) -> Running | None:
        return next((program for program in self.supervisor.running() if program.name == name), None)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        eventually(condition)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition about other processes holds."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.05)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(root=ROOT, var=tmp_path / "var")
    found.make()
    return found


@pytest.fixture
def managed(places: Places) -> Iterator[Managed]:
    places.supervisor_conf.write_text(config_text([Program("steady", SLEEPER, starts_in_s=0)], places))
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(places.supervisor_conf)]
    process = subprocess.Popen(command, env={"PATH": "/usr/bin:/bin", **mark(places)}, cwd=ROOT)
    supervisor = Supervisor(places)

    def answers() -> bool:
        try:
            return any(program.state == "RUNNING" for program in supervisor.running())
        except SupervisorUnavailable:
            return False

    try:
        eventually(answers)
        yield Managed(places, process, supervisor)
    finally:
        process.terminate()
        process.wait(timeout=WAIT_S)
