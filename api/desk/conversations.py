"""The conversations an agent may look at, newest first, and one with everything the bot made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.desk.abandoned import waiting_for_agent
from api.desk.pages import PageEnd
from api.desk.reading import NOTHING_READ, Reading, readings
from api.hand_off.queue import last_said
from api.security.callers import Staff
from api.store.tables import Agent, Conversation, HandOff, Message, Turn


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations are wanted; what is None does not matter."""

    owner: str | None = None
    mine: bool = False
    words: str | None = None  # in the customer's name or address, or in any line
    hand_off: bool | None = None
    before: PageEnd | None = None  # the page after this one's end


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in a list."""

    conversation: Conversation
    agent_name: str | None
    last_message: str | None
    hand_off: bool  # whether it ever was with people
    reading: Reading = NOTHING_READ  # of the agent who asks
    waiting_since: datetime | None = None  # since when the customer waits for a word of their agent


def list_conversations(session: Session, staff: Staff, wanted: Filter, *, limit: int) -> list[Listed]:
    """Return conversations of the caller's departments, the one with the newest line first."""
    query = select(Conversation).order_by(Conversation.last_message_at.desc(), Conversation.id).limit(limit)
    if staff.departments and not staff.is_admin:
        query = query.where(or_(Conversation.department.is_(None), Conversation.department.in_(staff.departments)))
    if wanted.owner is not None:
        query = query.where(Conversation.owner == wanted.owner)
    if wanted.mine:
        query = query.where(Conversation.agent_id == staff.agent_id)
    if wanted.before is not None:
        query = query.where(wanted.before.rest(Conversation.last_message_at, Conversation.id))
    if wanted.hand_off is not None:
        with_people = Conversation.id.in_(select(HandOff.conversation_id))
        query = query.where(with_people if wanted.hand_off else ~with_people)
    if wanted.words:
        pattern = f"%{_escaped(wanted.words)}%"
        said = select(Message.conversation_id).where(Message.text.ilike(pattern, escape="\\"))
        named = (Conversation.customer_name, Conversation.customer_email)
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in named), Conversation.id.in_(said)))
    return listed(session, session.scalars(query).all(), staff)


def listed(session: Session, conversations: Sequence[Conversation], staff: Staff | None = None) -> list[Listed]:
    """Return rows with what a list shows beside them; for an agent, with what they have read and begun there."""
    ids = [conversation.id for conversation in conversations]
    said = last_said(session, ids)
    with_people = set(session.scalars(select(HandOff.conversation_id).where(HandOff.conversation_id.in_(ids))))
    holders = {conversation.agent_id for conversation in conversations if conversation.agent_id}
    names = {row.id: row.name for row in session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(holders)))}
    places = readings(session, staff.agent_id, ids) if staff is not None else {}
    waits = waiting_for_agent(session, ids)
    return [
        Listed(
            one,
            names.get(one.agent_id or ""),
            said.get(one.id),
            one.id in with_people,
            places.get(one.id, NOTHING_READ),
            waits[one.id].since if one.owner == "agent" and one.id in waits else None,
        )
        for one in conversations
    ]


def turns_of(session: Session, conversation_id: str) -> Sequence[Turn]:
    """Return everything the bot understood and did in a conversation, in order."""
    return session.scalars(
        select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.started_at, Turn.number)
    ).all()


def hand_offs_of(session: Session, conversation_id: str) -> Sequence[HandOff]:
    """Return a conversation's stays with people, oldest first."""
    return session.scalars(
        select(HandOff).where(HandOff.conversation_id == conversation_id).order_by(HandOff.requested_at)
    ).all()


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
