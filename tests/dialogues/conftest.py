"""One running bot for all dialogues."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dialogues.bot import Bot, running_bot


@pytest.fixture(scope="session")
def bot(trained_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """The trained bot, ready to talk."""
    with running_bot(trained_model, tmp_path_factory.mktemp("bot")) as running:
        yield running
