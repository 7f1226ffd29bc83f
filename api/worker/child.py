"""Running the bot's offline programs as children: gently, watched, and gone when we are."""

from __future__ import annotations

import json
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from api.processes.launch import bot_environment
from api.processes.places import Places
from api.settings import Settings
from api.worker.jobs import JobFailed

LAST_LINES = 15  # of what a failed child printed, for the job's log


def run_bot(
    settings: Settings,
    places: Places,
    arguments: Sequence[str],
    *,
    log: Path,
    told: Callable[[str, float], None] = lambda _stage, _progress: None,
) -> None:
    """Run `python -m ARGUMENTS` in the bot's environment at low priority until it ends.

    Args:
        settings: the settings.
        places: the installation.
        arguments: module and its options.
        log: file for what it prints on stderr.
        told: called with stage and progress (0..1) of each JSON line it prints on stdout.

    Raises:
        JobFailed: it ended badly; the message holds its last words.
    """
    if not places.bot_python.exists():
        raise JobFailed(f"the bot's environment is missing ({places.bot_python}): run make setup")
    command = [places.python, "-m", "api.processes.die_with_parent", "nice", "-n", "10"]
    command += [str(places.bot_python), "-m", *arguments]
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            command,
            cwd=places.root,
            env=bot_environment(settings, places),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as child,
    ):
        said: deque[str] = deque(maxlen=LAST_LINES)
        try:
            for line in child.stdout or ():
                if not _tell(line, told):
                    said.append(line.rstrip())
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        last = [*said, *log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]]
        raise JobFailed(f"{arguments[0]} ended with {child.returncode}:\n" + "\n".join(last[-LAST_LINES:]))


def _tell(line: str, told: Callable[[str, float], None]) -> bool:
    try:
        entry = json.loads(line)
        told(str(entry["stage"]), float(entry["progress"]))
    except (ValueError, KeyError, TypeError):
        return False
    return True
