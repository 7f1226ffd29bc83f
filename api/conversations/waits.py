"""An honest guess of a wait, from how fast the queue has moved while somebody stood in it.

Whoever is at place k waits until k people have left the front: taken, or tired of waiting. Left to itself a busy queue
moves at some pace; its k-th step from now comes after a time that is nearly gamma distributed, the wider the fewer
steps the pace was learned from. Time in which nobody waited says nothing about the pace, and is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

MEDIAN_Z, NINE_TENTHS_Z = 0.0, 1.2816  # of the normal distribution: half, and nine tenths, lie below


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


def pace_of(stays: Sequence[Stay], *, now: datetime) -> Pace:
    """Return the pace of a queue by the stays in it, those that have not ended included."""
    ended = sum(stay.until is not None for stay in stays)
    return Pace(ended, _covered_s((stay.since, stay.until or now) for stay in stays))


def _covered_s(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Return how many seconds lie within any of some spans."""
    covered_s, reached = 0.0, None
    for since, until in sorted(spans):
        begin = since if reached is None else max(since, reached)
        if until > begin:
            covered_s += (until - begin).total_seconds()
        reached = until if reached is None else max(reached, until)
    return covered_s
