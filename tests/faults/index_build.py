"""Building and publishing an index in a process that is killed at a chosen moment."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

from tests.kb_index.shelf import ARTICLES, shelve


def build_until(root: str, moment: int) -> None:
    """Build and publish; at the `moment`th wait for the disk, lose half of what was being written and be killed."""
    waits = 0
    wait_for_disk = os.fsync

    def fsync(handle: int) -> None:
        nonlocal waits
        waits += 1
        if waits == moment:
            tear(handle)
            os.kill(os.getpid(), signal.SIGKILL)
        wait_for_disk(handle)

    os.fsync = fsync
    shelve(Path(root), ARTICLES[:4])


def tear(handle: int) -> None:
    """Cut a file in half; a folder has no halves."""
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode):
        os.ftruncate(handle, status.st_size // 2)


def count_waits(work: Callable[[], object]) -> int:
    """Return how often `work` waits for the disk."""
    waits = 0
    wait_for_disk = os.fsync

    def fsync(handle: int) -> None:
        nonlocal waits
        waits += 1
        wait_for_disk(handle)

    os.fsync = fsync
    try:
        work()
    finally:
        os.fsync = wait_for_disk
    return waits
