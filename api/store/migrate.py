"""Bring a database to the newest shape."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from api.store.database import Store

FOLDER = Path(__file__).parent / "migrations"


def migrate(store: Store) -> None:
    """Run every migration the database has not seen; safe to run at each start and after a crash."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
