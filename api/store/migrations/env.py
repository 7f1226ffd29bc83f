"""Alembic's entry: runs on the connection `migrate` hands over, one transaction for all steps."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import text

from api.store.columns import UtcTime
from api.store.tables import Table

MIGRATION_LOCK = 7_240_000


def render(kind: str, column_type: Any, _: object) -> str | Literal[False]:
    """Write `UtcTime` as what it is in the database, so that migrations do not import the application."""
    return "sa.BigInteger()" if kind == "type" and isinstance(column_type, UtcTime) else False


def run() -> None:
    """Apply the migrations."""
    connection = context.config.attributes["connection"]
    if (
        connection.dialect.name == "postgresql"
    ):  # several processes may start at once; SQLite's BEGIN IMMEDIATE is enough
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    context.configure(connection=connection, target_metadata=Table.metadata, render_item=render, render_as_batch=True)
    context.run_migrations()


run()
