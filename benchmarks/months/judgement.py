"""Did a curve rise, fall, or only shake? The same questions are asked every week, so weeks are compared in pairs.

Only questions that changed sides between two weeks say anything. The interval is the exact one of Clopper and Pearson
(https://doi.org/10.1093/biomet/26.4.404) for the share of them that became right, 5 % at either side: it lies below
zero exactly when the gate's own test (api/worker/compare.py) would speak against the week.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb

from api.worker.compare import NOISE
from benchmarks.months.weeks import Marks, Week, share

HALVINGS = 40  # of the interval between 0 and 1, when a chance is looked for
CURVES: dict[str, Callable[[Week], Marks]] = {
    "requests understood": lambda week: week.understood,
    "questions answered rightly": lambda week: week.right,
}


@dataclass(frozen=True, slots=True)
class Step:
    """From one week to a later one, on one curve."""

    cases: int
    gained: int  # wrong before, right now
    lost: int  # right before, wrong now

    @property
    def change(self) -> float:
        """The change of the share, in [-1, 1]."""
        return (self.gained - self.lost) / self.cases if self.cases else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The change that chance leaves possible, lowest and highest, in [-1, 1]."""
        changed = self.gained + self.lost
        if not changed:
            return 0.0, 0.0
        shares = _least_share(self.gained, changed), 1 - _least_share(self.lost, changed)
        low, high = ((2 * one - 1) * changed / self.cases for one in shares)
        return low, high

    @property
    def verdict(self) -> str:
        """One of `rose`, `fell`, `noise` and `unchanged`."""
        low, high = self.interval
        if not self.gained and not self.lost:
            return "unchanged"
        return "rose" if low > 0 else "fell" if high < 0 else "noise"

    @property
    def words(self) -> str:
        """Say it in percentage points, with the interval."""
        low, high = (f"{100 * bound:+.1f}" for bound in self.interval)
        told = {"rose": "rose", "fell": "FELL", "noise": "within noise", "unchanged": "unchanged"}[self.verdict]
        return told if self.verdict == "unchanged" else f"{told}: {100 * self.change:+.1f} ({low} to {high})"


def step(before: Marks, after: Marks) -> Step:
    """Compare two weeks' marks of the same questions."""
    pairs = list(zip(before, after, strict=True))
    return Step(len(pairs), sum(not was and now for was, now in pairs), sum(was and not now for was, now in pairs))


def drops(weeks: Sequence[Week]) -> list[str]:
    """Return what fell beyond chance: in a week, or slowly, from the start to the last."""
    compared = [*pairwise(weeks), *([(weeks[0], weeks[-1])] if len(weeks) > 2 else [])]
    found = []
    for name, marks in CURVES.items():
        for early, late in compared:
            taken = step(marks(early), marks(late))
            if taken.verdict == "fell":
                found.append(f"{name}, week {late.number} against {_name(early)}: {taken.words}")
    return found


def table(weeks: Sequence[Week]) -> str:
    """Return the weeks as a table in Markdown, and below it what all of them together changed."""
    rows = ["| week | labels | requests understood | | questions answered rightly | | to a person | the gate |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for place, week in enumerate(weeks):
        before = weeks[place - 1] if place else None
        cells = [_name(week).removeprefix("week "), str(week.labelled) if place else ""]
        for marks in CURVES.values():
            cells += [f"{share(marks(week)):.1%}", step(marks(before), marks(week)).words if before else ""]
        cells += [f"{share(week.handed_off):.1%}", "; ".join(week.refused) or ("passed" if place else "")]
        rows.append(f"| {' | '.join(cells)} |")
    whole = [f"{name} {step(marks(weeks[0]), marks(weeks[-1])).words}" for name, marks in CURVES.items()]
    return "\n".join([*rows, "", f"From the start to week {weeks[-1].number}: {'; '.join(whole)}.", ""])


def _least_share(count: int, changed: int) -> float:
    """Return the smallest chance at which `count` or more of `changed` are no rarer than `NOISE`."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS if count else 0):
        middle = (low + high) / 2
        tail = sum(comb(changed, n) * middle**n * (1 - middle) ** (changed - n) for n in range(count, changed + 1))
        low, high = (low, middle) if tail >= NOISE else (middle, high)
    return low


def _name(week: Week) -> str:
    return f"week {week.number}" if week.number else "start"
