"""The task that looks after people who wait: agents who went grey, and chats that nobody answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import text
from sqlalchemy.orm import Session

from api.background import Background
from api.clock import Clock
from api.company import Company
from api.conversations.people import PeopleSentence
from api.desk.abandoned import abandoned, give_back
from api.desk.escalation import ask_the_next, overdue
from api.desk.presence import silent_agents, turn_grey
from api.store.database import Store

logger = logging.getLogger(__name__)

SWEEP_S = 4.0  # 45 s until an agent counts as gone, and this, are well below the minute in which a chat moves on
SWEEPER_LOCK = 7_240_002  # any fixed number: PostgreSQL's advisory lock of the sweeper


class Sweeper(Background):
    """Runs in every API process; of those on one database, one sweeps at a time and the others let it."""

    def __init__(self, store: Store, company: Company, people: PeopleSentence, clock: Clock) -> None:
        self._store = store
        self._company = company
        self._people = people
        self._clock = clock

    async def sweep(self) -> int:
        """Do what is due now; return how many chats were moved."""
        silent_after = timedelta(minutes=self._company.desk.silent_after_minutes)
        now = self._clock.now()
        if await self._store.read(lambda session: silent_agents(session, now=now)):
            await self._store.write(lambda session: turn_grey(session, now=now) if leads(session) else 0)
        left = await self._store.read(lambda session: abandoned(session, now=now, silent_after=silent_after))
        moved = 0
        for one in left:
            moved += await self._move(partial(self._give_back, conversation_id=one.conversation_id, now=now))
        for late in await self._store.read(lambda session: overdue(session, self._company, now=now)):
            moved += await self._move(partial(self._ask_the_next, conversation_id=late, now=now))
        return moved

    async def _move(self, step: Callable[[Session], bool]) -> int:
        """Take a step for one chat; a chat that cannot be moved holds up no other."""
        try:
            return int(await self._store.write(step))
        except Exception:
            logger.exception("a waiting chat could not be moved; trying again")
            return 0

    def _ask_the_next(self, session: Session, conversation_id: str, now: datetime) -> bool:
        return leads(session) and ask_the_next(session, self._company, conversation_id, now=now, people=self._people)

    def _give_back(self, session: Session, conversation_id: str, now: datetime) -> bool:
        silent_after = timedelta(minutes=self._company.desk.silent_after_minutes)
        return leads(session) and give_back(
            session, conversation_id, now=now, silent_after=silent_after, people=self._people
        )

    async def _run(self) -> None:
        while True:
            try:
                moved = await self.sweep()
                if moved:
                    logger.info("waiting chats moved", extra={"chats": moved})
            except Exception:
                logger.exception("the sweep failed; trying again")
            await asyncio.sleep(SWEEP_S)


def leads(session: Session) -> bool:
    """Hold the right to sweep until the transaction ends, or say that another process has it."""
    if session.get_bind().dialect.name != "postgresql":
        return True  # one process, one writer
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": SWEEPER_LOCK}))
