"""The real API on a real port, with a fake Rasa and a word-counting search behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes import FakeRasa
from tests.running import RunningApi


@pytest.fixture(scope="package")
def rasa() -> Iterator[FakeRasa]:
    """The bot behind the API; a test that changes what it does puts it back."""
    with FakeRasa() as fake:
        yield fake


@pytest.fixture(scope="package")
def api(rasa: FakeRasa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """One for all tests here: each opens conversations of its own."""
    var = tmp_path_factory.mktemp("clients")
    with RunningApi(var, rasa, webhook_networks="127.0.0.0/8") as running:
        yield running


@pytest.fixture
def token(api: RunningApi) -> str:
    """An agent's API token."""
    return token_of(api)


def token_of(api: RunningApi, role: str = "agent") -> str:
    """Return a new API token."""
    return api.agent(role)["Authorization"].removeprefix("Bearer ")
