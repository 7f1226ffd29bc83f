"""What agents write for each other and for themselves; no customer ever sees it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables.base import Json, Table, key, maybe_of, of


class Note(Table):
    """A private note in a conversation."""

    __tablename__ = "note"

    id: Mapped[str] = key()
    conversation_id: Mapped[str] = of("conversation")
    agent_id: Mapped[str | None] = maybe_of("agent")
    text: Mapped[str]
    mentions: Mapped[Json] = mapped_column(JSON, default=list)  # agents named in it, by id
    after_seq: Mapped[int]  # the last line of the transcript when it was written
    created_at: Mapped[datetime]


class Snippet(Table):
    """A piece of text that is often needed, with {variables}."""

    __tablename__ = "snippet"

    id: Mapped[str] = key()
    name: Mapped[str]
    text: Mapped[str]
    agent_id: Mapped[str | None] = mapped_column(
        String(22), ForeignKey("agent.id", ondelete="CASCADE"), default=None
    )  # whose own it is; None: everybody's
    updated_at: Mapped[datetime]


class Macro(Table):
    """Several steps that are often taken together, such as answering, tagging and closing."""

    __tablename__ = "macro"

    id: Mapped[str] = key()
    name: Mapped[str]
    steps: Mapped[Json] = mapped_column(JSON, default=list)  # as `api/desk/macros.py` reads them
    agent_id: Mapped[str | None] = mapped_column(
        String(22), ForeignKey("agent.id", ondelete="CASCADE"), default=None
    )  # whose own it is; None: everybody's
    updated_at: Mapped[datetime]


class DeskPlace(Table):
    """Where an agent is in a conversation: what they have read, and what they have begun to write."""

    __tablename__ = "desk_place"

    agent_id: Mapped[str] = mapped_column(String(22), ForeignKey("agent.id", ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(
        String(22), ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    read_seq: Mapped[int] = mapped_column(default=0)  # the last line they have seen
    draft: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]
