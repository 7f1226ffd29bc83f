"""What reads other people's files: a child process with little time, memory and disk, so that it alone may break."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from api.articles.limits import CPU_S, MEMORY, WRITTEN, Refused

READING_S = 30.0  # the child may take this long, whatever it waits for


def within_limits() -> None:
    """Limit this process for good: the first thing a reading child does."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))


def read_in_child(module: str, folder: Path, content: bytes, name: str) -> dict[str, Any]:
    """Let `python -m MODULE FILE NAME OUTPUT` read a file; return the JSON it writes.

    Args:
        module: calls `within_limits` first, and writes `{"refusal": why}` for what it does not read.
        folder: where the file lies meanwhile; it exists.
        content: the file.
        name: what its sender calls it.

    Raises:
        Refused: it is not read, or reading it takes more than it may.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix="reading-") as work:
        upload, output = Path(work) / "upload", Path(work) / "read.json"
        upload.write_bytes(content)
        called = name.replace("\0", "")[-200:]  # no argument can hold a NUL
        command = ["nice", "-n", "10", sys.executable, "-m", module, str(upload), called, str(output)]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=READING_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Refused("reading it takes too long") from error
        if done.returncode != 0 or not output.exists():
            raise Refused("reading it takes more time or memory than it may")
        read: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    if "refusal" in read:
        raise Refused(str(read["refusal"]))
    return read
