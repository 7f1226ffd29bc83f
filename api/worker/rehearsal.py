"""The last look before a switch: the running process understands the golden messages, fast enough and in its memory.

The comparison after a training asks the classifier alone; here the whole process answers, as it will serve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from api.worker.golden import Golden
from api.worker.rasa_probe import RasaProbe
from api.worker.trial import ASK, SEARCH, Routes, meant_by

LEAST_RIGHT = 0.8  # share of the golden messages below which a model is wrong as a whole
SLOWER = 2.0  # times the serving process's median turn
SLACK_S = 0.25  # and this much, since both share the machine with whatever goes on
LARGER = 1.5  # times the serving process's memory


@dataclass(frozen=True, slots=True)
class Performed:
    """How one process did.

    Attributes:
        wrong: what was misunderstood, and what each was taken for.
        cases: golden messages asked.
        median_s: of the turns.
        memory: bytes resident; None where that is not known.
    """

    wrong: tuple[tuple[Golden, str], ...]
    cases: int
    median_s: float
    memory: int | None

    @property
    def line(self) -> str:
        """Say it in one line."""
        memory = "" if self.memory is None else f", {self.memory / 2**20:.0f} MB"
        right = self.cases - len(self.wrong)
        return f"{right} of {self.cases} golden messages understood, {1000 * self.median_s:.0f} ms a turn{memory}"


def perform(
    probe: RasaProbe, url: str, version: str, golden: Sequence[Golden], routes: Routes, memory: int | None
) -> Performed:
    """Have a process understand every golden message.

    Raises:
        ProbeFailed: it did not answer.
    """
    wrong, took = [], []
    for message in golden:
        understood = probe.understand(url, version, message.text)
        taken = ASK if understood.outcome == SEARCH else understood.intent
        took.append(understood.took_s)
        if taken != meant_by(message.intent, routes):
            wrong.append((message, taken))
    return Performed(tuple(wrong), len(golden), median(took) if took else 0.0, memory)


def objections(new: Performed, old: Performed | None) -> list[str]:
    """Return what speaks against switching, one line each.

    Args:
        new: the candidate's process.
        old: the serving process; None when none serves.
    """
    found = [
        f"“{message.text}” has to be understood as {message.intent}, and is taken for {taken}"
        for message, taken in new.wrong
        if message.must
    ]
    if new.cases and 1 - len(new.wrong) / new.cases < LEAST_RIGHT:
        found.append(f"only {new.cases - len(new.wrong)} of {new.cases} golden messages are understood")
    if old is not None and new.median_s > SLOWER * old.median_s + SLACK_S:
        found.append(f"a turn takes {1000 * new.median_s:.0f} ms, {1000 * old.median_s:.0f} ms with the serving model")
    if old is not None and new.memory and old.memory and new.memory > LARGER * old.memory:
        found.append(f"it needs {new.memory / 2**20:.0f} MB, the serving model {old.memory / 2**20:.0f} MB")
    return found


def memory_of(pid: int | None) -> int | None:
    """Return the bytes a process holds resident, or None where the system does not tell."""
    if pid is None:
        return None
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    held = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), None)
    return None if held is None else int(held) * 1024
