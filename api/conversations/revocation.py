"""Noticing that a customer's token was taken back while their socket is open."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.background import Background
from api.clock import Clock
from api.store.database import Store
from api.store.tables import Conversation

logger = logging.getLogger(__name__)

CHECK_EVERY_S = 3.0
CHUNK = 500  # conversations in one query


class OpenSockets(Background):
    """All customers' sockets of this process; one query now and then asks whether their tokens still hold."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._open: dict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def watch(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set once the conversation's token no longer opens it."""
        revoked = asyncio.Event()
        self._open[conversation_id].add(revoked)
        try:
            yield revoked
        finally:
            self._open[conversation_id].discard(revoked)
            if not self._open[conversation_id]:
                del self._open[conversation_id]

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            ids = list(self._open)
            try:
                for start in range(0, len(ids), CHUNK):
                    chunk, now = ids[start : start + CHUNK], self._clock.now()
                    for conversation_id in await self._store.read(lambda s, c=chunk, n=now: _shut(s, c, n)):  # type: ignore[misc]
                        for revoked in self._open.get(conversation_id, ()):
                            revoked.set()
            except Exception:
                logger.exception("tokens could not be checked; trying again")


def _shut(session: Session, ids: list[str], now: datetime) -> list[str]:
    held = or_(Conversation.token_revoked_at.is_not(None), Conversation.token_expires_at <= now)
    return list(session.scalars(select(Conversation.id).where(Conversation.id.in_(ids), held)))
