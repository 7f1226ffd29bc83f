"""The office: the API over a fresh database, with people in it; once on SQLite and once on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from api.store.database import Store
from api.store.migrate import migrate
from tests.desk.office import Office, open_office
from tests.postgres import fresh_database, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server with one migrated database, to be copied."""
    with running_postgres() as server:
        migrated = fresh_database(server)
        store = Store(migrated)
        migrate(store)
        store.close()
        yield migrated


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    migrated = make_url(request.getfixturevalue("postgres"))
    name = f"{migrated.database}_{abs(hash(tmp_path))}"
    engine = create_engine(migrated.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{migrated.database}"'))
    yield migrated.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    with open_office(tmp_path, database_url=database_url) as opened:
        yield opened
