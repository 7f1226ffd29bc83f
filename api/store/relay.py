"""Hints between API processes on one PostgreSQL: LISTEN and NOTIFY. The rows are the truth.

A notification that is lost costs a delay or a sign of typing, never a message: every waiter looks at the rows now and
then anyway.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

import psycopg
from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from api.background import Background
from api.store.ids import new_id

logger = logging.getLogger(__name__)

CHANNEL = "deskmate"
LONGEST = 7_000  # bytes; PostgreSQL takes a little less than 8,000
AGAIN_S = 1.0
MOST_SIGNS = 256  # that wait to be sent; with the database away newer ones are dropped

Sign = Mapping[str, Any]  # something of this moment that no row holds, such as who is typing


def notify_others(session: Session, topics: Collection[str]) -> None:
    """Let the other processes know, once this transaction is committed; topics that do not fit wait for a look."""
    payload = json.dumps({"topics": sorted(topics)})
    if len(payload) <= LONGEST:
        session.execute(select(func.pg_notify(CHANNEL, payload)))


class Relay(Background):
    """Passes on what other API processes announce, and tells them what only this moment knows.

    Args:
        url: SQLAlchemy URL of the PostgreSQL.
        publish: wakes whoever waits in this process.
        hear: gets every sign that another process sent.
    """

    def __init__(self, url: str, publish: Callable[..., None], hear: Callable[[Sign], None]) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._publish = publish
        self._hear = hear
        self._id = new_id()
        self._signs: asyncio.Queue[Sign] = asyncio.Queue(MOST_SIGNS)

    def send(self, sign: Sign) -> None:
        """Send a sign to the other processes, soon; never waits."""
        if not self._signs.full():
            self._signs.put_nowait(sign)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._for_ever(self._listen))
            both.create_task(self._for_ever(self._speak))

    async def _for_ever(self, work: Callable[[psycopg.AsyncConnection[Any]], Any]) -> None:
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=2)
                async with connection:
                    await work(connection)
            except (psycopg.Error, OSError) as error:
                logger.warning("no hints between processes: %s", type(error).__name__)
            await asyncio.sleep(AGAIN_S)

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute(f"LISTEN {CHANNEL}")
        async for notice in connection.notifies():
            try:
                self._take(json.loads(notice.payload))
            except (ValueError, TypeError, KeyError, AttributeError):
                logger.warning("a hint that is none of ours")

    def _take(self, hint: Mapping[str, Any]) -> None:
        self._publish(*hint.get("topics", ()))
        if "sign" in hint and hint["from"] != self._id:
            self._hear(hint["sign"])

    async def _speak(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while not self._signs.empty():  # made while the database was away: nobody types any more
            self._signs.get_nowait()
        while True:
            payload = json.dumps({"from": self._id, "sign": dict(await self._signs.get())})
            if len(payload) <= LONGEST:
                await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
