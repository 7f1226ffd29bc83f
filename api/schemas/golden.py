"""Golden dialogues on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.people import Request
from api.schemas.texts import CleanText
from api.store.tables import GoldenDialogue
from api.worker.dialogues import Dialogue, entry_of


class NewGolden(Request):
    """A real conversation that every candidate model has to have again."""

    conversation_id: Annotated[str, StringConstraints(min_length=1, max_length=22)]
    name: Annotated[CleanText, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class GoldenShown(BaseModel):
    """A golden dialogue."""

    golden_id: str | None = Field(description="null for one of data/dialogues.yml, which is changed there")
    name: str
    conversation_id: str | None = None
    created_at: datetime | None = None
    lines: list[dict[str, Any]] = Field(description="says or presses, and what has to come of it: outcome, intent, ...")

    @classmethod
    def of(cls, row: GoldenDialogue) -> Self:
        """Show one that was made of a conversation."""
        return cls(
            golden_id=row.id,
            name=row.name,
            conversation_id=row.conversation_id,
            created_at=row.created_at,
            lines=row.lines,
        )

    @classmethod
    def written(cls, dialogue: Dialogue) -> Self:
        """Show one of the file."""
        return cls(golden_id=None, name=dialogue.name, lines=[entry_of(line) for line in dialogue.lines])


class GoldenList(BaseModel):
    """Every golden dialogue: those made of conversations first."""

    dialogues: list[GoldenShown]
