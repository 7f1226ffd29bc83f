"""Wake-ups between API processes on one PostgreSQL: LISTEN and NOTIFY, as a hint only. The rows are the truth.

A notification that is lost costs a delay, never a message: every waiter looks at the rows now and then anyway.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection
from typing import Self

import psycopg
from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

logger = logging.getLogger(__name__)

CHANNEL = "deskmate"
LONGEST = 7_000  # bytes; PostgreSQL takes a little less than 8,000
AGAIN_S = 1.0


def notify_others(session: Session, topics: Collection[str]) -> None:
    """Let the other processes know, once this transaction is committed; topics that do not fit wait for a look."""
    payload = json.dumps(sorted(topics))
    if len(payload) <= LONGEST:
        session.execute(select(func.pg_notify(CHANNEL, payload)))


class Relay:
    """Passes on what other API processes announce.

    Args:
        url: SQLAlchemy URL of the PostgreSQL.
        publish: wakes whoever waits in this process.
    """

    def __init__(self, url: str, publish: Callable[..., None]) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._publish = publish
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="relay")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                logger.warning("no wake-ups from other processes: %s", type(error).__name__)
            await asyncio.sleep(AGAIN_S)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=2) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            async for notice in connection.notifies():
                self._publish(*json.loads(notice.payload))
