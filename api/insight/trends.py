"""What is drawn over time: each a share with its interval, or a number, for every day or week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.insight.figures import interval_of, share_of
from api.insight.report import Step

Unit = Literal["count", "share", "seconds", "stars"]


@dataclass(frozen=True, slots=True)
class Trend:
    """One small plot."""

    name: str
    figure: str  # what a point leads to
    unit: Unit


@dataclass(frozen=True, slots=True)
class Point:
    """One day or week of a trend."""

    step: Step
    value: float | None  # None: nothing to measure
    low: float | None = None  # of the 95 % interval of a share
    high: float | None = None
    count: int = 0  # how many it rests on


TRENDS = (
    Trend("conversations", "conversations", "count"),
    Trend("solved", "solved", "share"),
    Trend("with_people", "with_people", "share"),
    Trend("answers_wrong", "answers_wrong", "share"),
    Trend("waits", "waits", "seconds"),
    Trend("ended_unhappy", "ended_unhappy", "share"),
    Trend("rated", "rated", "stars"),
    Trend("used", "used", "share"),
)


def points_of(trend: Trend, steps: Sequence[Step]) -> list[Point]:
    """Return a trend's points, in order: shares with intervals, the median of seconds, the average of stars."""
    return [_point(trend, step) for step in steps]


def _point(trend: Trend, step: Step) -> Point:
    figure = step.figures[trend.figure]
    if trend.unit == "share":
        low, high = interval_of(step.figures, trend.figure) or (None, None)
        return Point(step, share_of(step.figures, trend.figure), low, high, figure.count)
    value = {"count": float(figure.count), "seconds": figure.median, "stars": figure.mean}[trend.unit]
    return Point(step, value, count=figure.count)
