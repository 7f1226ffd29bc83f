"""The office: the API over a fresh database, with people in it; once on SQLite and once on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from api.store.database import Store
from api.store.migrate import migrate
from tests.desk.office import Office, open_office
from tests.postgres import fresh_database


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """A migrated database, to be copied."""
    url = fresh_database(postgres)
    store = Store(url)
    migrate(store)
    store.close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    template = make_url(request.getfixturevalue("migrated"))
    name = f"{template.database}_{abs(hash(tmp_path))}"
    engine = create_engine(template.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template.database}"'))
    yield template.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    with open_office(tmp_path, database_url=database_url) as opened:
        yield opened
