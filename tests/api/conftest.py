"""The API over a fresh database, with a fake Rasa behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import FakeRasa
from tests.running import RunningApi, fresh_store


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    with FakeRasa() as fake:
        yield fake


@pytest.fixture
def api(tmp_path: Path, rasa: FakeRasa) -> Iterator[RunningApi]:
    with RunningApi(tmp_path, rasa) as running:
        yield running


@pytest.fixture
def any_api(tmp_path: Path, rasa: FakeRasa, database_url: str) -> Iterator[RunningApi]:
    """The API on each kind of database."""
    store = fresh_store(tmp_path, database_url)
    with RunningApi(tmp_path, rasa, store=store) as running:
        yield running
    store.close()
