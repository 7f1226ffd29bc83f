"""`deskmate up`: nothing is left behind however it ends, and the next start is quick."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from api.processes.leftovers import processes_of
from api.processes.places import ROOT, Places
from tests.installation import end_stack, prepare_var, start_stack, wait_for_line
from tests.ops.conftest import eventually

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")

SECOND_START_S = 60.0


def test_a_killed_start_leaves_nothing_and_the_next_one_is_quick(tmp_path: Path):
    var = tmp_path / "var"
    places = Places(root=ROOT, var=var)
    prepare_var(var)
    first = start_stack(var)
    wait_for_line(first, lambda line: line.startswith("Deskmate is ready"))
    assert len(processes_of(places)) >= 5  # process manager, API, actions, worker, Rasa
    first.process.kill()
    first.process.wait()
    eventually(lambda: processes_of(places) == [])

    began = time.monotonic()
    second = start_stack(var)
    try:
        wait_for_line(second, lambda line: line.startswith("Deskmate is ready"))
        assert time.monotonic() - began < SECOND_START_S
        third = start_stack(var)
        assert third.process.wait(timeout=30) == 1
        eventually(lambda: any("runs already" in line for line in third.lines))
        second.process.send_signal(signal.SIGTERM)
    finally:
        assert end_stack(second) == 0
    eventually(lambda: second.lines[-1] == "Ended.")
    assert processes_of(places) == []
