"""Proof by search: every column of every table that may hold text is looked through for words that must be gone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, String, Text, cast, or_, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Session

from api.privacy.subjects import ERASED
from api.store.tables import Table

SHORTEST = 6  # characters; shorter words stand everywhere
AT_ONCE = 100  # words in one query
# Our own staff's addresses, names and deeds; a customer who works here is erased as a customer only.
OF_STAFF = frozenset({"agent", "login_attempt", "session", "api_token", "setup_link", "audit", "webhook", "meta"})


@dataclass(frozen=True, slots=True)
class Place:
    """A value in which a word stands."""

    table: str
    column: str
    key: tuple[Any, ...]  # of the row


def search_everything(session: Session, words: Sequence[str]) -> list[Place]:
    """Return every place in the database where one of the words stands, in whatever case; words too short are left."""
    wanted = [word for word in dict.fromkeys(words) if len(word) >= SHORTEST]
    found: dict[Place, None] = {}
    for start in range(0, len(wanted), AT_ONCE):
        for table, column in text_columns():
            query = select(*table.primary_key.columns).where(_says(column, wanted[start : start + AT_ONCE]))
            found |= {Place(table.name, column.name, tuple(row)): None for row in session.execute(query)}
    return list(found)


def blank(session: Session, place: Place, words: Sequence[str]) -> None:
    """Put a mark in the place of the words at one place."""
    table = Table.metadata.tables[place.table]
    column = table.c[place.column]
    row = [key == value for key, value in zip(table.primary_key.columns, place.key, strict=True)]
    value = session.scalar(select(column).where(*row))
    session.execute(table.update().where(*row).values({column: without(value, words)}))


def without(value: Any, words: Sequence[str]) -> Any:
    """Return a text, or any JSON value, with a mark in the place of each of the words."""
    if isinstance(value, str):
        for word in sorted(words, key=len, reverse=True):
            value = _replace(value, word)
        return value
    if isinstance(value, list):
        return [without(one, words) for one in value]
    if isinstance(value, dict):
        return {without(name, words): without(one, words) for name, one in value.items()}
    return value


def text_columns() -> Iterator[tuple[SqlTable, Column[Any]]]:
    """Yield every column that may hold what somebody wrote."""
    for table in Table.metadata.sorted_tables:
        if table.name in OF_STAFF:
            continue
        for column in table.columns:
            if isinstance(column.type, Text | JSON) or (isinstance(column.type, String) and column.type.length is None):
                yield table, column


def _says(column: Column[Any], words: Sequence[str]) -> Any:
    if isinstance(column.type, JSON):
        escaped = [json.dumps(word)[1:-1] for word in words]
        return or_(*(cast(column, Text).icontains(word, autoescape=True) for word in {*escaped, *words}))
    return or_(*(column.icontains(word, autoescape=True) for word in words))


def _replace(text: str, word: str) -> str:
    """Replace a word in whatever case, without a pattern of its characters."""
    folded, wanted = text.lower(), word.lower()
    if wanted not in folded or len(folded) != len(text):
        return text.replace(word, ERASED)
    parts, start = [], 0
    while (at := folded.find(wanted, start)) >= 0:
        parts += [text[start:at], ERASED]
        start = at + len(wanted)
    return "".join([*parts, text[start:]])
