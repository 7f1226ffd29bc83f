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
from tests.databases import guarded
with guarded(sys.argv[1], Path(sys.argv[2])):
    print("guarded", flush=True)
    sys.stdin.read()
"""

# Tests that were started in the background of a script ignore SIGQUIT, and what they start inherits that; PostgreSQL
# has a handler of its own.
SERVER = """
import signal
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
print("serving", flush=True)
signal.pause()
"""


def test_the_server_of_killed_tests_is_ended_and_its_folder_removed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "serving\n"
        command = [sys.executable, "-c", KILLED, str(server.pid), str(folder)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as tests:
            assert tests.stdout is not None
            assert tests.stdout.readline() == "guarded\n"
            os.killpg(tests.pid, signal.SIGKILL)
        assert server.wait(30) == -signal.SIGQUIT
    wait_until(lambda: not folder.exists())
