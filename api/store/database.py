"""The two ways into the database, from async code and from plain code.

SQLite has one writer: every write of this process runs on one thread, inside `BEGIN IMMEDIATE`, durable when it returns
(WAL, `synchronous=FULL`). Reads run beside it on their own connections. On PostgreSQL both run on a pool of threads.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from api.store.relay import notify_others

T = TypeVar("T")

logger = logging.getLogger(__name__)

READERS = 4
BUSY_MS = 4_000  # how long a write waits for another process (worker, CLI) that is writing
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
RETRIES = 5  # PostgreSQL may ask for a transaction to be run again


class StoreBusy(Exception):
    """The database is locked, full or away; nothing was written."""


class Store:
    """The database of one installation.

    Args:
        url: SQLAlchemy URL, `sqlite:///...` or `postgresql+psycopg://...`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url, writer=True) if self.is_sqlite else _postgresql_engine(url)
        self._reader = _sqlite_engine(url, writer=False) if self.is_sqlite else self.engine
        self._write_threads = ThreadPoolExecutor(1 if self.is_sqlite else READERS, thread_name_prefix="store-write")
        self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._listeners: list[Callable[[set[str]], None]] = []

    async def write(self, work: Callable[[Session], T], *, patience_s: float | None = None) -> T:
        """Run `work` in one transaction and return its value once that is durable.

        `work` may run more than once (PostgreSQL), so it only uses its session. Cancelling the caller undoes nothing.

        Args:
            work: gets the session; an exception rolls everything back and is raised here.
            patience_s: give up, having written nothing, when the turn to write has not come by then.

        Raises:
            StoreBusy: the database could not be written.
        """
        deadline = None if patience_s is None else time.monotonic() + patience_s
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._write_threads, self._write_before, work, deadline)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` on a consistent snapshot and return its value; it must not write."""
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self.read_sync, work)

    def write_sync(self, work: Callable[[Session], T]) -> T:
        """Do as `write`, from a thread that may wait (worker, CLI, tests)."""
        for attempt in range(RETRIES):
            try:
                with Session(self.engine, expire_on_commit=False) as session:
                    value = work(session)
                    topics: set[str] = session.info.get("topics", set())
                    if topics and not self.is_sqlite:
                        notify_others(session, topics)
                    session.commit()
                break
            except DBAPIError as error:
                if attempt + 1 < RETRIES and _asks_for_a_retry(error):
                    continue
                raise (StoreBusy(str(error.orig)) if _is_away(error) else error) from error
        if topics:
            self._tell(topics)
        return value

    def read_sync(self, work: Callable[[Session], T]) -> T:
        """Do as `read`, from a thread that may wait."""
        try:
            with Session(self._reader, expire_on_commit=False) as session:
                return work(session)
        except DBAPIError as error:
            raise (StoreBusy(str(error.orig)) if _is_away(error) else error) from error

    def on_commit(self, listener: Callable[[set[str]], None]) -> None:
        """Call `listener` with the topics of every committed write; on the writing thread, so it must be quick."""
        self._listeners.append(listener)

    def tidy(self) -> bool:
        """Bring the log of recent writes into the file, so that what was deleted is on the disk no more.

        Returns:
            Whether it came to the end; a reader under way can keep it from that. PostgreSQL sees to this itself.
        """
        if not self.is_sqlite:
            return True
        with closing(sqlite3.connect(make_url(self.url).database or "", timeout=BUSY_MS / 1000)) as connection:
            busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return busy == 0

    def close(self) -> None:
        """Finish what is being written and let go of the database."""
        self._write_threads.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        self.engine.dispose()
        self._reader.dispose()

    def _tell(self, topics: set[str]) -> None:
        for listener in self._listeners:
            try:
                listener(topics)
            except Exception:  # what is committed is committed: whoever is not woken looks at the rows later
                logger.exception("a listener failed")

    def _write_before(self, work: Callable[[Session], T], deadline: float | None) -> T:
        if deadline is not None and time.monotonic() > deadline:
            raise StoreBusy("waited too long for the writer")
        return self.write_sync(work)


def announce(session: Session, topic: str) -> None:
    """Wake whoever waits for `topic` once this transaction is committed."""
    session.info.setdefault("topics", set()).add(topic)


def _sqlite_engine(url: str, *, writer: bool) -> Engine:
    database = make_url(url).database
    if database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        hide_parameters=True,  # what customers write stays out of errors, and so out of logs
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=16,  # `write_sync` may come from several threads; SQLite then queues them
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, see below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"busy_timeout={BUSY_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _postgresql_engine(url: str) -> Engine:
    # READ COMMITTED: a write that depends on a row names it in its WHERE or locks it, so a stale read cannot win.
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=2 * READERS,
        max_overflow=16,
        pool_pre_ping=True,
        pool_timeout=5,
        connect_args={"connect_timeout": 2, "options": "-c lock_timeout=4000 -c timezone=UTC"},
    )


def _asks_for_a_retry(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in {"40001", "40P01"}  # serialisation failure, deadlock


def _is_away(error: DBAPIError) -> bool:
    return isinstance(error, OperationalError) and not isinstance(error, IntegrityError)
