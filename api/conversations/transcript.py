"""Writing and reading the lines of a conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conversations.wakeups import conversation_topic
from api.errors import not_found
from api.schemas.chat import ButtonOut, MessageOut, SourceOut
from api.store.database import announce
from api.store.events import record_event
from api.store.ids import new_id
from api.store.tables import Agent, Button, Conversation, Message, Suggestion, SuggestionSet

BUTTON_LIFE = timedelta(days=1)  # a yes to yesterday's question is only the word yes
OURS = "deskmate:"  # payloads that start so are the API's own, such as accepting a person: good at any time


def locked(session: Session, conversation_id: str) -> Conversation:
    """Return the conversation as it is now; until the transaction ends nobody else writes in it.

    Raises:
        ApiError: 404, there is none.
    """
    conversation = session.get(Conversation, conversation_id, with_for_update=True, populate_existing=True)
    if conversation is None:
        raise not_found("This conversation")
    return conversation


def append(
    session: Session,
    conversation: Conversation,
    message: Message,
    *,
    buttons: Sequence[tuple[str, str]] = (),
) -> Message:
    """Add a line to a locked conversation under its next seq, and tell everyone who listens.

    Args:
        session: the transaction.
        conversation: from `locked`.
        message: without conversation, id and seq.
        buttons: (title, payload) under the line, in order.
    """
    message.id = message.id or new_id()
    message.conversation_id = conversation.id
    message.seq = conversation.next_seq
    conversation.next_seq += 1
    conversation.last_message_at = message.created_at
    session.add(message)
    session.flush()
    for position, (title, payload) in enumerate(buttons):
        button = Button(message_id=message.id, position=position, title=title, payload=payload)
        button.conversation_id = conversation.id
        button.expires_at = None if payload.startswith(OURS) else message.created_at + BUTTON_LIFE
        session.add(button)
    session.flush()
    [row] = rows_of(session, [message])
    payload_row = row.model_dump(mode="json", exclude_none=True)
    record_event(session, "message", at=message.created_at, conversation_id=conversation.id, payload=payload_row)
    announce(session, conversation_topic(conversation.id))
    return message


def system_line(text: str, notice: str, *, at: datetime) -> Message:
    """Return a line in which the service itself speaks; `notice` names the occasion for machines."""
    return Message(sender="system", text=text, notice=notice, created_at=at)


def messages_after(session: Session, conversation_id: str, after: int, *, limit: int = 500) -> list[MessageOut]:
    """Return the lines with a seq above `after`, in order, at most `limit`."""
    lines = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > after)
        .order_by(Message.seq)
        .limit(limit)
    ).all()
    return rows_of(session, lines)


def last_messages(session: Session, conversation_id: str, *, before: int, limit: int) -> list[Message]:
    """Return the last `limit` lines with a seq below `before`, oldest first."""
    lines = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq < before)
        .order_by(Message.seq.desc())
        .limit(limit)
    ).all()
    return list(reversed(lines))


def rows_of(session: Session, lines: Sequence[Message]) -> list[MessageOut]:
    """Return `lines` as every client sees them, with buttons, sources and agents' names."""
    buttons = _buttons(session, [line.id for line in lines if line.sender == "bot"])
    sources = _sources(session, {line.suggestion_id for line in lines if line.suggestion_id})
    names = _names(session, {line.agent_id for line in lines if line.agent_id})
    return [
        MessageOut.model_validate(
            {
                "seq": line.seq,
                "message_id": line.id,
                "sender": line.sender,
                "text": line.text,
                "created_at": line.created_at,
                "client_msg_id": line.client_msg_id,
                "suggestion_id": line.suggestion_id,
                "buttons": buttons.get(line.id),
                "source": sources.get(line.suggestion_id or "") if line.sender == "bot" else None,
                "name": names.get(line.agent_id or "") if line.sender == "agent" else None,
                "notice": line.notice,
            }
        )
        for line in lines
    ]


def article_url(article_id: str, kb: str = "main") -> str:
    """Return where an article's public page is."""
    return f"/help/{article_id}" if kb == "main" else f"/help/{article_id}?kb={kb}"


def _buttons(session: Session, message_ids: Sequence[str]) -> dict[str, list[ButtonOut]]:
    found: dict[str, list[ButtonOut]] = defaultdict(list)
    if message_ids:
        query = select(Button).where(Button.message_id.in_(message_ids)).order_by(Button.message_id, Button.position)
        for button in session.scalars(query):
            found[button.message_id].append(ButtonOut(button_id=button.id, title=button.title))
    return found


def _sources(session: Session, suggestion_ids: set[str]) -> dict[str, SourceOut]:
    if not suggestion_ids:
        return {}
    query = (
        select(Suggestion, SuggestionSet.kb)
        .join(SuggestionSet, SuggestionSet.id == Suggestion.suggestion_set_id)
        .where(Suggestion.id.in_(suggestion_ids), Suggestion.internal.is_(False))
    )
    return {s.id: SourceOut(title=s.title, url=article_url(s.article_id, kb)) for s, kb in session.execute(query)}


def _names(session: Session, agent_ids: set[str]) -> dict[str, str]:
    if not agent_ids:
        return {}
    return {row.id: row.name for row in session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(agent_ids)))}
