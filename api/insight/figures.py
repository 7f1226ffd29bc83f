"""Figures as what they count: the number on the page is the length of the list behind it, so the two cannot differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.insight import answers, endings, service, suggestions
from api.insight.cases import Case
from api.insight.intervals import quantile, wilson
from api.insight.refs import Ref


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it counts, and out of what."""

    name: str
    refs: tuple[Ref, ...]
    of: str | None = None  # the figure it is a share of

    @property
    def count(self) -> int:
        """How many."""
        return len(self.refs)

    @property
    def values(self) -> list[float]:
        """What was measured of each, where something was."""
        return [ref.value for ref in self.refs if ref.value is not None]

    @property
    def median(self) -> float | None:
        """The middle of what was measured; None of nothing."""
        return quantile(self.values, 0.5)

    @property
    def high(self) -> float | None:
        """What nine of ten do not exceed; None of nothing."""
        return quantile(self.values, 0.9)

    @property
    def mean(self) -> float | None:
        """The average of what was measured; None of nothing."""
        return sum(self.values) / len(self.values) if self.values else None


Figures = Mapping[str, Figure]
Count = Callable[[Case, datetime], Iterable[Ref]]

# Each figure, the one it is a share of, and what of a conversation it counts; docs/insight.md says each in words.
COUNTED: tuple[tuple[str, str | None, Count], ...] = (
    ("conversations", None, endings.every),
    ("open", "conversations", endings.still_open),
    ("no_question", "conversations", endings.no_question),
    ("with_people", "conversations", endings.with_people),
    ("solved", "conversations", endings.solved),
    ("unsolved", "conversations", endings.unsolved),
    ("solved_said", "solved", endings.solved_said),
    ("solved_settled", "solved", endings.solved_settled),
    ("solved_held", "solved_settled", endings.solved_held),
    ("solved_came_back", "solved_settled", endings.came_back),
    ("answers", None, answers.given),
    ("answers_judged", "answers", answers.judged),
    ("answers_right", "answers_judged", answers.right),
    ("answers_wrong", "answers_judged", answers.wrong),
    ("answers_unknown", "answers", answers.unknown),
    ("first_reply", None, service.first_reply),
    ("hand_offs", None, service.hand_offs),
    ("waits", "hand_offs", service.waits),
    ("left", "hand_offs", service.left),
    ("person_reply", "hand_offs", service.person_reply),
    ("handled", "hand_offs", service.handled),
    ("rated", "conversations", service.rated),
    ("rated_bot", "rated", service.rated_bot),
    ("rated_people", "rated", service.rated_people),
    ("rated_happy", "rated", service.rated_happy),
    ("understood", "conversations", endings.understood),
    ("began_unhappy", "understood", endings.began_unhappy),
    ("ended_unhappy", "understood", endings.ended_unhappy),
    ("unhappy", "understood", endings.unhappy),
    ("turned_round", "unhappy", endings.turned_round),
    ("made_unhappy", "understood", endings.made_unhappy),
    ("offered", None, suggestions.offered),
    ("used", "offered", suggestions.used),
    ("used_as_is", "used", suggestions.used_as_is),
    ("dismissed", "offered", suggestions.dismissed),
    ("known", "conversations", endings.known),
    ("returning", "known", endings.returning),
)


def figures_of(cases: Sequence[Case], now: datetime) -> dict[str, Figure]:
    """Return every figure of some conversations, by name."""
    return {
        name: Figure(name, tuple(ref for case in cases for ref in count(case, now)), of) for name, of, count in COUNTED
    }


def share_of(figures: Figures, name: str) -> float | None:
    """Return a figure's share of the one it belongs to, in [0, 1]; None where there is nothing to be a share of."""
    figure = figures[name]
    whole = figures[figure.of].count if figure.of else 0
    return figure.count / whole if whole else None


def interval_of(figures: Figures, name: str) -> tuple[float, float] | None:
    """Return the 95 % interval of a figure's share; None where there is nothing to be a share of."""
    figure = figures[name]
    whole = figures[figure.of].count if figure.of else 0
    return wilson(figure.count, whole) if whole else None
