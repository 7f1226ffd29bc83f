"""Suggestions: what the knowledge base answered, and what was done with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables.base import Table, key, of


class SuggestionSet(Table):
    """What the knowledge base answered to one question; one per message, whoever asks."""

    __tablename__ = "suggestion_set"

    id: Mapped[str] = key()
    message_id: Mapped[str | None] = mapped_column(
        String(22), ForeignKey("message.id", ondelete="CASCADE"), unique=True, default=None
    )
    conversation_id: Mapped[str | None] = mapped_column(
        String(22), ForeignKey("conversation.id", ondelete="CASCADE"), index=True, default=None
    )
    kb: Mapped[str]
    question: Mapped[str]
    kb_version: Mapped[str]
    model_version: Mapped[str]
    decision: Mapped[str] = mapped_column(String(12))  # answer | clarify | offer_person | none
    confidence: Mapped[float]
    # The questions of a message that asks several: {question, decision, suggestion_ids}.
    parts: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON, default=None)
    asked_by: Mapped[str | None] = mapped_column(default=None)  # agent id of an ad-hoc question
    created_at: Mapped[datetime]


class Suggestion(Table):
    """One suggestion of a set, in order of `rank` within its list (public or internal)."""

    __tablename__ = "suggestion"

    id: Mapped[str] = key()
    suggestion_set_id: Mapped[str] = of("suggestion_set")
    rank: Mapped[int]
    internal: Mapped[bool] = mapped_column(default=False)
    article_id: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    answer: Mapped[str]
    passage: Mapped[str]
    similarity: Mapped[float]
    confidence: Mapped[float]


class SuggestionFeedback(Table):
    """What one caller did with one suggestion; None means not said."""

    __tablename__ = "suggestion_feedback"
    __table_args__ = (UniqueConstraint("suggestion_id", "caller"),)

    id: Mapped[str] = key()
    suggestion_id: Mapped[str] = of("suggestion", index=False)
    caller: Mapped[str]  # "customer" or "agent:<id>"
    displayed: Mapped[bool | None] = mapped_column(default=None)
    clicked: Mapped[bool | None] = mapped_column(default=None)
    copied: Mapped[bool | None] = mapped_column(default=None)
    sent: Mapped[bool | None] = mapped_column(default=None)
    sent_text: Mapped[str | None] = mapped_column(default=None)
    dismissed: Mapped[bool | None] = mapped_column(default=None)
    dismissed_why: Mapped[str | None] = mapped_column(String(16), default=None)  # wrong | known | outdated | unclear
    edited: Mapped[float | None] = mapped_column(default=None)  # share of the answer changed before it was sent, 0..1
    helpful: Mapped[bool | None] = mapped_column(default=None)
    correct: Mapped[str | None] = mapped_column(String(8), default=None)  # fully | partly | wrong
    updated_at: Mapped[datetime]
