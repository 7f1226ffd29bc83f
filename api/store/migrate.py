"""Bring a database to the newest shape."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.store.database import Store

FOLDER = Path(__file__).parent / "migrations"


class DatabaseIsNewer(Exception):
    """A later Deskmate has changed the database's shape already; this one would not understand it."""


def migrate(store: Store) -> None:
    """Run every migration the database has not seen; safe to run at each start and after a crash.

    Raises:
        DatabaseIsNewer: it has seen one that this program does not know; nothing was changed.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with store.engine.begin() as connection:
        unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
        if unknown:
            raise DatabaseIsNewer(
                f"The database was used by a newer Deskmate (its shape is {', '.join(sorted(unknown))}). "
                "Start that version again, or restore a backup that this one made."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
