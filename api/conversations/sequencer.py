"""The task that numbers desk events which were committed without a number, as all are on PostgreSQL."""

from __future__ import annotations

import logging

from api.background import Background
from api.conversations.wakeups import Wakeups, woken
from api.store.database import Store
from api.store.events import UNNUMBERED, number_events

logger = logging.getLogger(__name__)

RECHECK_S = 5.0  # events written by another process (worker, CLI) wake nobody here; they are numbered within this


class Sequencer(Background):
    """Runs beside the routes of one API process; several processes may run one each."""

    def __init__(self, store: Store, wakeups: Wakeups) -> None:
        self._store = store
        self._wakeups = wakeups

    async def _run(self) -> None:
        with self._wakeups.subscribe(UNNUMBERED) as event:
            while True:
                event.clear()
                try:
                    await self._store.write(number_events)
                except Exception:
                    logger.exception("desk events could not be numbered; trying again")
                await woken(event, RECHECK_S)
