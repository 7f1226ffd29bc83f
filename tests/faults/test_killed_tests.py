"""Tests that are killed leave no server behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.fakes import wait_until

KILLED = """
import sys
from pathlib import Path
from tests.postgres import guarded
with guarded(sys.argv[1], Path(sys.argv[2])):
    print("guarded", flush=True)
    sys.stdin.read()
"""


def test_the_server_of_killed_tests_is_ended_and_its_folder_removed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with subprocess.Popen(["sleep", "600"]) as server:
        command = [sys.executable, "-c", KILLED, str(server.pid), str(folder)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as tests:
            assert tests.stdout is not None
            assert tests.stdout.readline() == "guarded\n"
            os.killpg(tests.pid, signal.SIGKILL)
        assert server.wait(30) == -signal.SIGQUIT
    wait_until(lambda: not folder.exists())
