"""Everything that is kept about a conversation, table by table: what an export shows and an erasure has to reach."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.orm import Session

from api.store.tables import (
    Button,
    Conversation,
    DeskEvent,
    DeskPlace,
    GoldenDialogue,
    HandOff,
    Label,
    LabelledQuestion,
    Message,
    Note,
    QuestionVersion,
    Suggestion,
    SuggestionFeedback,
    SuggestionSet,
    SuppressedReply,
    Table,
    Task,
    TrainingExample,
    Turn,
    Visit,
)

# Tables whose rows belong to one conversation and say something about its customer.
OF_A_CONVERSATION: tuple[type[Table], ...] = (
    Message,
    Turn,
    Button,
    SuppressedReply,
    HandOff,
    Visit,
    Task,
    Note,
    DeskPlace,
    DeskEvent,
    GoldenDialogue,
    SuggestionSet,
)
NOT_SHOWN = frozenset({"token_hash", "content_hash"})  # they open things, or say nothing to anybody


def held_about(session: Session, conversation_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return every row kept about conversations as plain JSON values, by table."""
    ids = list(conversation_ids)
    found: dict[str, list[Any]] = {
        "conversation": list(session.scalars(select(Conversation).where(Conversation.id.in_(ids))))
    }
    for table in OF_A_CONVERSATION:
        column = table.__table__.c.conversation_id
        columns = table.__table__.c
        as_it_went = [columns[name] for name in ("seq", "created_at") if name in columns]
        order = (column, *as_it_went, inspect(table).primary_key[0])
        found[table.__tablename__] = list(session.scalars(select(table).where(column.in_(ids)).order_by(*order)))
    set_ids = [row.id for row in found["suggestion_set"]]
    suggestions = session.scalars(select(Suggestion).where(Suggestion.suggestion_set_id.in_(set_ids))).all()
    found["suggestion"] = list(suggestions)
    found["suggestion_feedback"] = list(
        session.scalars(
            select(SuggestionFeedback).where(SuggestionFeedback.suggestion_id.in_([row.id for row in suggestions]))
        )
    )
    labels = labels_of(session, ids)
    found["label"] = list(labels)
    found["training_example"] = list(examples_of(session, labels))
    found["question_version"], found["labelled_question"] = pairs_of(session, labels)
    return {table: [_shown(row) for row in rows] for table, rows in found.items()}


def labels_of(session: Session, conversation_ids: Sequence[str]) -> Sequence[Label]:
    """Return what administrators said the messages of conversations mean."""
    messages = select(Message.id).where(Message.conversation_id.in_(conversation_ids))
    return session.scalars(select(Label).where(Label.message_id.in_(messages)).order_by(Label.created_at)).all()


def examples_of(session: Session, labels: Sequence[Label]) -> Sequence[TrainingExample]:
    """Return the training examples that labels taught, and those that correct them, the deleted ones too."""
    sources = [f"label:{label.id}" for label in labels]
    found: list[TrainingExample] = []
    while sources:
        rows = session.scalars(select(TrainingExample).where(TrainingExample.source.in_(sources))).all()
        found += rows
        sources = [f"correction:{row.id}" for row in rows]
    return found


def pairs_of(session: Session, labels: Sequence[Label]) -> tuple[list[QuestionVersion], list[LabelledQuestion]]:
    """Return the questions that labels confirmed: all their versions, and the rows that stand.

    A pair that was written to `data/` and read in again is a row of its own, and known by its words.
    """
    sources = [f"label:{label.id}" for label in labels]
    texts = {
        text
        for table in (QuestionVersion, LabelledQuestion)
        for text in session.scalars(select(table.text).where(table.source.in_(sources)))
    }

    def theirs(table: type[QuestionVersion] | type[LabelledQuestion]) -> ColumnElement[bool]:
        return table.source.in_(sources) | ((table.source == "import") & table.text.in_(texts))

    version, row = QuestionVersion, LabelledQuestion
    versions = select(version).where(theirs(version)).order_by(version.question_id, version.version)
    rows = select(row).where(theirs(row)).order_by(row.id)
    return list(session.scalars(versions)), list(session.scalars(rows))


def _shown(row: Table) -> dict[str, Any]:
    columns = [column.key for column in row.__table__.columns if column.key not in NOT_SHOWN]
    return {name: _plain(getattr(row, name)) for name in columns}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
