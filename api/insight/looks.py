"""Looks at a period, kept for a moment: a page asks for the same one once for its figures and once for each plot."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

from api.clock import Clock
from api.insight.period import Period
from api.insight.report import Look, look_at
from api.store.database import Store

KEPT = timedelta(seconds=20)
MOST_KEPT = 4  # looks; each holds an id for everything it counts


class Looks:
    """Counts a period once for everybody who asks within a moment.

    Args:
        store: where the conversations are.
        clock: the clock.
        budget: the promised greatest share of wrong answers.
    """

    def __init__(self, store: Store, clock: Clock, *, budget: float) -> None:
        self._store = store
        self._clock = clock
        self._budget = budget
        self._kept: OrderedDict[Period, tuple[datetime, Look]] = OrderedDict()
        self._lock = asyncio.Lock()

    async def of(self, period: Period) -> Look:
        """Return the look at a period, at most `KEPT` old."""
        async with self._lock:
            now = self._clock.now()
            kept = self._kept.get(period)
            if kept is not None and timedelta() <= now - kept[0] < KEPT:
                return kept[1]
            look = await self._store.read(lambda session: look_at(session, period, budget=self._budget, now=now))
            self._kept[period] = (now, look)
            self._kept.move_to_end(period)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return look
