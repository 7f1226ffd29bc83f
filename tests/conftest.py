"""Fixtures for every test. Light at import: both environments' tests load this file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import installation

with contextlib.suppress(ModuleNotFoundError):  # .venv-bot has no property tests
    from hypothesis import settings

    settings.register_profile("untimed", deadline=None, print_blob=True)
    settings.load_profile("untimed")


LONG = {"stack", "trained_model"}  # fixtures of the tests that take minutes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that none is left to a single process at the end."""
    long = {item.path for item in items if LONG.intersection(getattr(item, "fixturenames", ()))}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    """Folder of the exported sentence encoder; made once, kept in .cache/tests."""
    return installation.encoder_folder()


@pytest.fixture(scope="session")
def trained_model() -> Path:
    """The archive of the first model a new installation trains, `manifest.json` beside it; kept in .cache/tests."""
    return installation.model_folder() / "model.tar.gz"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL for all tests; each makes databases of its own in it."""
    from tests.databases import running_postgres

    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a fresh database is, on each kind; "" for SQLite in the installation's own folder."""
    if request.param == "sqlite":
        yield ""
        return
    from tests.databases import fresh_database

    with fresh_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[installation.Stack]:
    """The whole real stack, started once and shared: each test makes conversations and agents of its own."""
    with installation.running_stack(tmp_path_factory.mktemp("stack") / "var") as running:
        yield running
