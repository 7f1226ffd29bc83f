"""Finding and ending what an earlier run of this installation left behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from api.processes.places import Places

MARK = "DESKMATE_INSTALLATION"  # every process of a run carries it, with the path of `var`
PATIENCE_S = 8.0


def mark(places: Places) -> dict[str, str]:
    """Return the environment entry by which a run's processes are known."""
    return {MARK: str(places.var)}


def processes_of(places: Places) -> list[int]:
    """Return the ids of living processes of this installation, but for this one and its ancestors.

    Empty where the system does not show environments (no /proc).
    """
    wanted = f"{MARK}={places.var}".encode()
    own = _ancestors()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        try:
            entries = (folder / "environ").read_bytes().split(b"\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            continue  # it ended while we looked, or is another user's
        if wanted in entries and state != "Z" and pid not in own:
            found.append(pid)
    return found


def end_leftovers(places: Places, *, patience_s: float = PATIENCE_S) -> int:
    """End every process of an earlier run, politely first; return how many there were."""
    left = processes_of(places)
    count = len(left)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in left:
            _send(pid, number)
        deadline = time.monotonic() + patience_s
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = processes_of(places)
        if not left:
            break
    return count


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _ancestors() -> set[int]:
    pids, pid = {os.getpid()}, os.getppid()
    while pid > 1 and pid not in pids:
        pids.add(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            break
    return pids
