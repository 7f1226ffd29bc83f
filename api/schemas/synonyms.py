"""Synonyms as administrators edit them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.people import Request
from api.schemas.texts import ShortLine
from api.store.tables import SynonymList
from kb_index.synonyms import Synonym

Phrase = Annotated[ShortLine, StringConstraints(min_length=1, max_length=100)]
MOST = 2_000


class Entry(Request):
    """What customers say, and what the articles call it."""

    said: Phrase
    means: Phrase


class SynonymEdit(Request):
    """The whole list as it shall be."""

    synonyms: Annotated[tuple[Entry, ...], Field(max_length=MOST)]
    version: Annotated[int, Field(ge=0)] | None = None  # the version the writer saw; refused when another counts by now

    def entries(self) -> tuple[Synonym, ...]:
        """Return the list as the search reads it."""
        return tuple(Synonym(entry.said, entry.means) for entry in self.synonyms)


class SynonymVersion(BaseModel):
    """One wording of the list."""

    version: int
    synonyms: list[Entry]
    created_at: datetime
    by: str | None  # a person's name; None for what came with `data/`

    @classmethod
    def of(cls, row: SynonymList, names: Mapping[str, str]) -> SynonymVersion:
        """Describe a stored wording; `names` has a person's name for each actor."""
        entries = [Entry.model_validate(entry) for entry in row.entries or ()]
        return cls(version=row.version, synonyms=entries, created_at=row.created_at, by=names.get(row.created_by or ""))


class SynonymsShown(BaseModel):
    """The list that counts, and its latest wordings."""

    version: int  # 0 while none was made
    synonyms: list[Entry]
    versions: list[SynonymVersion]  # newest first, at most 20
