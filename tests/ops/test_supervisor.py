"""The process manager: restarts what crashes, takes programs while it runs, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from api.processes.client import Supervisor, SupervisorUnavailable
from api.processes.config import Program
from api.processes.leftovers import end_leftovers, processes_of
from api.processes.places import Places
from api.processes.up import ENDING_SIGNALS, _crashing, _endable, _Ended
from tests.ops.conftest import SLEEPER, Managed, eventually


def test_only_its_owner_may_talk_to_it(managed: Managed):
    assert stat.S_IMODE(managed.places.supervisor_socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(managed.places.run.stat().st_mode) == 0o700


def test_a_killed_program_is_started_again(managed: Managed):
    first = managed.of("steady").pid
    os.kill(first, signal.SIGKILL)
    eventually(lambda: managed.of("steady").pid not in {first, None})


def test_a_program_comes_and_goes_while_the_others_run(managed: Managed):
    steady = managed.of("steady").pid
    managed.supervisor.add(Program("rasa-1", SLEEPER, starts_in_s=0))
    managed.supervisor.add(Program("rasa-1", SLEEPER, starts_in_s=0))
    eventually(lambda: managed.of("rasa-1").state == "RUNNING")
    pid = managed.of("rasa-1").pid
    eventually(lambda: managed.supervisor.remove("rasa-1"))
    assert managed.of("rasa-1") is None
    assert not _lives(pid)
    assert managed.supervisor.remove("rasa-1")
    assert managed.of("steady").pid == steady


def test_a_program_that_cannot_start_can_be_taken_away(managed: Managed):
    managed.supervisor.add(Program("rasa-bad", (sys.executable, "-c", "raise SystemExit(3)"), starts_in_s=5))
    eventually(lambda: managed.of("rasa-bad").state == "BACKOFF")
    eventually(lambda: _crashing(managed.places) == {"rasa-bad"})  # what `up` says while it waits
    eventually(lambda: managed.supervisor.remove("rasa-bad"))
    assert managed.of("rasa-bad") is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends children with their parent")
def test_programs_end_with_a_process_manager_that_was_killed(managed: Managed):
    pid = managed.of("steady").pid
    managed.process.kill()
    eventually(lambda: not _lives(pid))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_what_an_earlier_run_left_is_found_and_ended(managed: Managed, tmp_path: Path):
    assert len(processes_of(managed.places)) == 2
    assert processes_of(Places(root=managed.places.root, var=tmp_path / "another")) == []
    assert end_leftovers(managed.places) == 2
    assert processes_of(managed.places) == []


def test_without_a_process_manager_the_client_says_so(places: Places):
    with pytest.raises(SupervisorUnavailable):
        Supervisor(places).running()


def test_a_folder_too_deep_for_a_socket_gets_a_short_one(tmp_path: Path):
    deep = Places(root=tmp_path, var=tmp_path / ("x" * 100))
    assert len(os.fsencode(deep.supervisor_socket)) < 100
    assert deep.supervisor_socket != Places(root=tmp_path, var=tmp_path / ("y" * 100)).supervisor_socket


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_second_ctrl_c_does_not_disturb_the_ending():
    before = [signal.getsignal(number) for number in ENDING_SIGNALS]
    with _endable():
        with pytest.raises(_Ended):
            signal.raise_signal(signal.SIGTERM)
        for number in ENDING_SIGNALS:
            signal.raise_signal(number)
    assert [signal.getsignal(number) for number in ENDING_SIGNALS] == before
