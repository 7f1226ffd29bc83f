"""The office: the API over a fresh database, with people in it; once on SQLite and once on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.office import Office, open_office


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    with open_office(tmp_path, database_url=database_url) as opened:
        yield opened
