"""What all tables share: the base class, JSON columns, keys and references."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from api.store.columns import UtcTime
from api.store.ids import new_id

Json = Any  # a plain JSON value, read by the code beside its table
MAYBE_JSON = JSON(none_as_null=True)  # for nullable columns: None is NULL, not the JSON word null


class Table(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime, Json: JSON, str: Text}  # noqa: RUF012 - SQLAlchemy's own hook


def key() -> Mapped[str]:
    """Return a primary key that makes itself."""
    return mapped_column(String(22), primary_key=True, default=new_id)


def of(table: str, *, index: bool = True) -> Mapped[str]:
    """Return a reference to a row without which this one has no meaning."""
    return mapped_column(String(22), ForeignKey(f"{table}.id", ondelete="CASCADE"), index=index)


def maybe_of(table: str, *, index: bool = False) -> Mapped[str | None]:
    """Return a reference that may be empty, and is emptied with the row it names."""
    return mapped_column(String(22), ForeignKey(f"{table}.id", ondelete="SET NULL"), index=index)
