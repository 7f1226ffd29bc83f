"""Everything that is stored of a conversation, as plain JSON; with personal data masked unless asked otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from api.privacy.masking import masked
from api.store.tables import (
    Agent,
    Conversation,
    HandOff,
    Label,
    Message,
    Note,
    Suggestion,
    SuggestionFeedback,
    SuggestionSet,
    SuppressedReply,
    Table,
    Task,
    Turn,
    Visit,
)

Record = dict[str, Any]
SECRET = frozenset({"token_hash", "token_expires_at", "token_revoked_at", "content_hash", "rasa_state", "fence"})
# Of the customer, and left out of a masked record altogether.
PERSONAL = frozenset({"customer_name", "customer_email", "customer_sub", "contact_email", "contact_phone", "email",
                      "phone", "understanding", "entities"})  # fmt: skip
# What people wrote: masked word by word.
WRITTEN = frozenset({"text", "question", "rating_words", "sent_text", "note", "summary", "page_url", "url"})


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of some conversations, by what they belong to."""

    conversations: Sequence[Conversation]
    of_conversation: Mapping[type[Table], Mapping[str, list[Any]]]
    of_message: Mapping[type[Table], Mapping[str, list[Any]]]
    suggestions: Mapping[str, list[Suggestion]]  # by set
    feedback: Mapping[str, list[SuggestionFeedback]]  # by suggestion
    agents: Mapping[str, str]  # name by id


def read_rows(session: Session, conversations: Sequence[Conversation]) -> Rows:
    """Read everything that belongs to some hundred conversations."""
    ids = [row.id for row in conversations]

    def of(table: type[Any], *order: Any) -> dict[str, list[Any]]:
        found = session.scalars(select(table).where(table.conversation_id.in_(ids)).order_by(*order, table.id)).all()
        return _by(found, lambda row: row.conversation_id)

    by_chat: dict[type[Table], Mapping[str, list[Any]]] = {
        Message: of(Message, Message.seq),
        HandOff: of(HandOff, HandOff.requested_at),
        Note: of(Note, Note.created_at),
        SuppressedReply: of(SuppressedReply, SuppressedReply.created_at),
        Task: of(Task, Task.created_at),
        Visit: of(Visit, Visit.at),
    }
    turns = of(Turn, Turn.started_at)
    sets = [row for rows in of(SuggestionSet, SuggestionSet.created_at).values() for row in rows]
    messages = [row.id for rows in by_chat[Message].values() for row in rows]
    labels = session.scalars(select(Label).where(Label.message_id.in_(messages)).order_by(Label.created_at, Label.id))
    found = session.scalars(
        select(Suggestion)
        .where(Suggestion.suggestion_set_id.in_([row.id for row in sets]))
        .order_by(Suggestion.internal, Suggestion.rank, Suggestion.id)
    ).all()
    said = session.scalars(
        select(SuggestionFeedback).where(SuggestionFeedback.suggestion_id.in_([row.id for row in found]))
    )
    return Rows(
        conversations=conversations,
        of_conversation=by_chat,
        of_message={
            Turn: _by([row for rows in turns.values() for row in rows], lambda row: row.message_id),
            SuggestionSet: _by(sets, lambda row: row.message_id or ""),
            Label: _by(labels.all(), lambda row: row.message_id),
        },
        suggestions=_by(found, lambda row: row.suggestion_set_id),
        feedback=_by(said.all(), lambda row: row.suggestion_id),
        agents={row.id: row.name for row in session.execute(select(Agent.id, Agent.name))},
    )


def record_of(conversation: Conversation, rows: Rows, *, mask: bool) -> Record:
    """Return one conversation with everything that belongs to it."""
    names = [conversation.customer_name] if mask else None

    def plain(row: Table) -> Record:
        return plain_row(row, rows.agents, mask=names)

    def message(row: Message) -> Record:
        sets = rows.of_message[SuggestionSet].get(row.id, [])
        return {
            **plain(row),
            "turns": [plain(turn) for turn in rows.of_message[Turn].get(row.id, [])],
            "suggestion_sets": [{**plain(one), "suggestions": suggestions(one)} for one in sets],
            "labels": [plain(label) for label in rows.of_message[Label].get(row.id, [])],
        }

    def suggestions(found: SuggestionSet) -> list[Record]:
        return [
            {**plain(one), "feedback": [plain(said) for said in rows.feedback.get(one.id, [])]}
            for one in rows.suggestions.get(found.id, [])
        ]

    def all_of(table: type[Table]) -> list[Record]:
        return [plain(row) for row in rows.of_conversation[table].get(conversation.id, [])]

    return {
        **plain(conversation),
        "messages": [message(row) for row in rows.of_conversation[Message].get(conversation.id, [])],
        "hand_offs": all_of(HandOff),
        "notes": all_of(Note),
        "not_sent": all_of(SuppressedReply),
        "tasks": all_of(Task),
        "visits": all_of(Visit),
    }


def plain_row(row: Table, agents: Mapping[str, str], *, mask: Sequence[str | None] | None) -> Record:
    """Return a row's columns as JSON values.

    Args:
        row: of any table.
        agents: names by id; a column `agent_id` gets the name beside it.
        mask: the customer's own names, and with them the wish to mask; None to show everything.
    """
    plain: Record = {}
    for column in inspect(type(row)).columns:
        name = column.key
        if name in SECRET or (mask is not None and name in PERSONAL):
            continue
        value = getattr(row, name)
        if isinstance(value, datetime):
            value = value.isoformat()
        elif mask is not None and name in WRITTEN and isinstance(value, str):
            value = masked(value, mask)
        plain[name] = value
    if "agent_id" in plain:
        plain["agent"] = agents.get(plain["agent_id"] or "")
    return plain


def _by(rows: Sequence[Any], key: Callable[[Any], str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
