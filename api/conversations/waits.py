"""An honest guess of a wait, from how fast the queue has moved while somebody stood in it.

Whoever is at place k waits until k people have left: taken, or tired of waiting. Left to itself a busy queue moves at
some pace; its k-th step from now comes after a time that is nearly gamma distributed, the wider the fewer steps the
pace was learned from. Time in which nobody waited says nothing about the pace, and is not counted.

`python -m benchmarks.desk.queues` asks this of queues that are simulated without a desk; `LONGER_Z` is from there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

MEDIAN_Z, NINE_TENTHS_Z = 0.0, 1.2816  # of the normal distribution: half, and nine tenths, lie below
LONGER_Z = 1.9  # instead of the latter: agents come and go, and a pace is less steady than a gamma distribution says
LEARNED_FROM = 30  # people who left, the latest: a pace from long ago is another pace
ENOUGH = 3  # of them; with fewer, no guess is better than an invented one
STEP_S = 30  # nobody can know it more exactly


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in the queue."""

    since: datetime
    until: datetime | None  # taken or gone; None: still waiting


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the queue moved.

    Attributes:
        steps: people who left the front.
        busy_s: seconds in which somebody waited.
    """

    steps: int
    busy_s: float

    def wait_s(self, place: int, z: float) -> float:
        """Return a quantile of the wait at a place, in seconds.

        The sum of k waits at an unknown pace, by the cube-root normal approximation of the gamma distribution (Wilson
        and Hilferty 1931); with fewer steps seen, k counts for less, and the distribution is wider.

        Args:
            place: in the queue, from 1.
            z: of the normal distribution.
        """
        shape = 1 / (1 / place + 1 / self.steps)
        spread = 1 / (9 * shape)
        return place * self.busy_s / self.steps * max(0.0, 1 - spread + z * math.sqrt(spread)) ** 3


def guess(stays: Sequence[Stay], place: int, *, now: datetime) -> tuple[int, int] | None:
    """Return two waits in seconds: one as likely shorter as longer, one that nine of ten do not exceed.

    Args:
        stays: of those who wait now, and of those who waited lately, in any order.
        place: in the queue, from 1.
        now: when.

    Returns:
        None while too few have left the queue to learn from.
    """
    pace = pace_of(stays, now=now)
    if pace.steps < ENOUGH - 1:  # the first departure only begins the count
        return None
    likely = _nearest(pace.wait_s(place, MEDIAN_Z))
    return likely, max(likely, _at_least(pace.wait_s(place, LONGER_Z)))


def pace_of(stays: Sequence[Stay], *, now: datetime) -> Pace:
    """Return the pace of a queue since the first of the last `LEARNED_FROM` departures, which is not counted itself."""
    departures = sorted(stay.until for stay in stays if stay.until is not None)[-LEARNED_FROM:]
    if not departures:
        return Pace(0, 0.0)
    first = departures[0]
    spans = ((max(stay.since, first), stay.until or now) for stay in stays)
    return Pace(len(departures) - 1, _covered_s((since, until) for since, until in spans if until > since))


def _covered_s(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Return how many seconds lie within any of some spans."""
    covered_s, reached = 0.0, None
    for since, until in sorted(spans):
        begin = since if reached is None else max(since, reached)
        if until > begin:
            covered_s += (until - begin).total_seconds()
        reached = until if reached is None else max(reached, until)
    return covered_s


def _nearest(seconds: float) -> int:
    return max(STEP_S, round(seconds / STEP_S) * STEP_S)


def _at_least(seconds: float) -> int:
    return max(STEP_S, math.ceil(seconds / STEP_S) * STEP_S)
