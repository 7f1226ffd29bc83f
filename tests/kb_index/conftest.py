from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.search import Search
from tests.kb_index.shelf import opened, shelve


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published index of the small shelf; do not change it."""
    root = tmp_path_factory.mktemp("index")
    shelve(root)
    return root


@pytest.fixture(scope="session")
def search(shelf: Path) -> Search:
    return opened(shelf)
