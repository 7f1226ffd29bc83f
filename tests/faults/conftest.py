"""The API with everything that can fail behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.store.database import Store
from tests.databases import fresh_database
from tests.fakes import FakeRasa
from tests.faults.processes import KillableApi
from tests.running import RunningApi, fresh_store


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    with FakeRasa() as fake:
        yield fake


@pytest.fixture
def api(tmp_path: Path, rasa: FakeRasa) -> Iterator[RunningApi]:
    """Time-outs are short, so that a hanging Rasa is noticed within a test's patience."""
    with RunningApi(tmp_path, rasa, turn_timeout_s=1.5, still_working_s=0.3) as running:
        yield running


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[KillableApi]:
    """The API as a process of its own, over the database in `tmp_path`; not started yet."""
    process = KillableApi(tmp_path)
    yield process
    process.close()


@pytest.fixture
def pair(tmp_path: Path, postgres: str, rasa: FakeRasa) -> Iterator[tuple[RunningApi, RunningApi]]:
    """Two API processes' worth of service on one PostgreSQL."""
    with fresh_database(postgres) as url:
        stores = [fresh_store(tmp_path, url), Store(url)]
        with RunningApi(tmp_path, rasa, store=stores[0]) as one, RunningApi(tmp_path, store=stores[1]) as other:
            yield one, other
        for store in stores:
            store.close()
