"""Taking in a message: stored with the work it owes, in one transaction, before anyone is told that it arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conversations import ownership
from api.conversations.people import PeopleSentence
from api.conversations.transcript import append, locked
from api.errors import ApiError, not_found
from api.schemas.texts import has_something_to_read
from api.security.audit import record_audit
from api.store.database import announce
from api.store.tables import Agent, Button, Conversation, Inbox, Message
from api.strings.catalogue import say

INBOX = "inbox"  # topic: a message waits for its turn


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it was sent; either `text` or `button_id` is set."""

    client_msg_id: str
    text: str | None = None
    button_id: str | None = None
    suggestion_id: str | None = None  # of an agent's message

    @property
    def content_hash(self) -> str:
        """What tells a resend from another message under the same id."""
        return hashlib.sha256(f"{self.button_id or ''}\0{self.text or ''}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored message."""

    message_id: str
    seq: int
    is_resend: bool


@dataclass(frozen=True, slots=True)
class InboxRules:
    """What a conversation takes in."""

    stored_characters: int
    reopen_for: timedelta  # how long after closing a person gets the chat back
    expires_after: timedelta  # of silence


def accept(
    session: Session,
    conversation_id: str,
    incoming: Incoming,
    *,
    rules: InboxRules,
    at: datetime,
    people: PeopleSentence,
    admit: Callable[[], None] = lambda: None,
    back_to: Callable[[Session, Conversation], Agent | None] = lambda _session, _conversation: None,
) -> Accepted:
    """Store a customer's message, or find it when it was stored before, however long ago.

    Args:
        session: the transaction.
        conversation_id: which.
        incoming: what was sent.
        rules: limits.
        at: now.
        people: says when people are in, for a chat that goes back to the queue.
        admit: raises when this customer sends too much; asked for new messages only.
        back_to: says who of the people, if anybody, a customer who comes back is to talk to at once.

    Raises:
        ApiError: 404 (a foreign button), 409 (other content under this id; expired), 413, 422 (empty), 429.
    """
    conversation = locked(session, conversation_id)
    stored = _stored(session, conversation_id, "customer", incoming)
    if stored is not None:
        return stored
    check_open(conversation, rules, at=at)
    text, button = _said(session, conversation, incoming)
    check_text(text, rules.stored_characters)
    admit()
    if conversation.owner == "closed":
        by_person = conversation.closed_by == "agent" and conversation.closed_at is not None
        to_queue = by_person and at - (conversation.closed_at or at) <= rules.reopen_for
        known = back_to(session, conversation) if to_queue else None
        ownership.reopen(session, conversation, to_queue=to_queue, availability=people(session, at), at=at, known=known)
    message = Message(
        sender="customer",
        text=text,
        client_msg_id=incoming.client_msg_id,
        content_hash=incoming.content_hash,
        button_id=button.id if button else None,
        created_at=at,
    )
    return _store(session, conversation, message)


def write_agent_message(
    session: Session, conversation_id: str, incoming: Incoming, *, agent_id: str, rules: InboxRules, at: datetime
) -> Accepted:
    """Store what an agent says in a chat they hold; a resend finds the stored message.

    Raises:
        ApiError: 409 (the chat is not this agent's, with who holds it; other content under this id), 413, 422 (empty).
    """
    conversation = locked(session, conversation_id)
    stored = _stored(session, conversation_id, "agent", incoming)
    if stored is not None:
        return stored
    if conversation.owner != "agent" or conversation.agent_id != agent_id:
        raise ownership.held(session, conversation)
    text = incoming.text or ""
    check_text(text, rules.stored_characters)
    message = Message(
        sender="agent",
        text=text,
        client_msg_id=incoming.client_msg_id,
        content_hash=incoming.content_hash,
        agent_id=agent_id,
        suggestion_id=incoming.suggestion_id,
        created_at=at,
    )
    return _store(session, conversation, message)


def check_text(text: str, limit: int) -> None:
    """Refuse a text nobody could read, or one too long to keep.

    Raises:
        ApiError: 413 or 422.
    """
    if len(text) > limit:
        raise ApiError(413, "too_long", say("errors.too_long", limit=f"{limit:,}"))
    if not has_something_to_read(text):
        raise ApiError(422, "empty", say("errors.empty"))


def check_open(conversation: Conversation, rules: InboxRules, *, at: datetime) -> None:
    """Refuse a conversation that has expired.

    Raises:
        ApiError: 409 `conversation_expired`.
    """
    if conversation.expired_at is not None or at - conversation.last_message_at > rules.expires_after:
        raise ApiError(409, "conversation_expired", say("errors.expired"))


def _stored(session: Session, conversation_id: str, sender: str, incoming: Incoming) -> Accepted | None:
    message = session.scalar(
        select(Message).where(
            Message.conversation_id == conversation_id,
            Message.sender == sender,
            Message.client_msg_id == incoming.client_msg_id,
        )
    )
    if message is None:
        return None
    if message.content_hash != incoming.content_hash:
        details = {"stored": {"message_id": message.id, "seq": message.seq, "text": message.text}}
        raise ApiError(409, "client_msg_id_taken", say("errors.conflict"), details=details)
    return Accepted(message.id, message.seq, is_resend=True)


def audit_conflict(session: Session, conversation_id: str, actor: str, *, at: datetime) -> None:
    """Note that other content came under an id already used; in a transaction of its own, for the first is undone."""
    record_audit(session, actor, "client_msg_id_taken", at=at, subject=conversation_id, successful=False)


def _said(session: Session, conversation: Conversation, incoming: Incoming) -> tuple[str, Button | None]:
    if incoming.button_id is None:
        return incoming.text or "", None
    button = session.get(Button, incoming.button_id)
    if button is None or button.conversation_id != conversation.id:
        raise not_found("This button")
    return button.title, button


def _store(session: Session, conversation: Conversation, message: Message) -> Accepted:
    append(session, conversation, message)
    session.add(Inbox(message_id=message.id, conversation_id=conversation.id, created_at=message.created_at))
    announce(session, INBOX)
    announce(session, f"{INBOX}:{conversation.id}")
    return Accepted(message.id, message.seq, is_resend=False)
