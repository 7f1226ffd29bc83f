"""Fixtures for every test. Light at import: both environments' tests load this file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import installation


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
    from tests.postgres import running_postgres

    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[installation.Stack]:
    """The whole real stack, started once and shared: each test makes conversations and agents of its own."""
    with installation.running_stack(tmp_path_factory.mktemp("stack") / "var") as running:
        yield running
