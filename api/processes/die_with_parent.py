"""Runs a command that the kernel ends as soon as the process manager is gone, however that went.

usage: python -m api.processes.die_with_parent COMMAND [ARGUMENT...]

A process manager that is killed with -9 cannot end its children. On Linux the kernel can (`man 2 prctl`,
PR_SET_PDEATHSIG), and the wish survives `exec`. Elsewhere the next start finds the leftovers.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have this process sent SIGTERM when its parent ends; does nothing where the kernel cannot."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended in the meantime
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    die_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command is ours, from the process manager's configuration
