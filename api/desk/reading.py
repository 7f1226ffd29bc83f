"""Who has read what: an agent's place in each chat with the draft begun there, and what the customer's chat has shown.

Kept on the server, so that a page loaded again, or the other screen, goes on where the first one stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from api.conversations.transcript import locked
from api.store.events import record_event
from api.store.tables import Conversation, DeskPlace, Message


@dataclass(frozen=True, slots=True)
class Reading:
    """Where one agent is in a conversation."""

    unread: int  # lines of the customer after the last one the agent has seen
    read_seq: int
    draft: str


NOTHING_READ = Reading(unread=0, read_seq=0, draft="")


def keep_place(
    session: Session,
    conversation: Conversation,
    agent_id: str,
    *,
    now: datetime,
    read_seq: int | None = None,
    draft: str | None = None,
) -> DeskPlace:
    """Note what an agent has read, and what they have begun to write; what is None stays as it was.

    A place only moves forward: of two screens the one that is ahead counts.
    """
    place = session.get(DeskPlace, (agent_id, conversation.id), with_for_update=True)
    if place is None:
        place = DeskPlace(agent_id=agent_id, conversation_id=conversation.id, read_seq=0, draft="", updated_at=now)
        session.add(place)
    if read_seq is not None:
        place.read_seq = max(place.read_seq, min(read_seq, conversation.next_seq - 1))
    if draft is not None:
        place.draft = draft
    place.updated_at = now
    session.flush()
    return place


def readings(session: Session, agent_id: str, conversation_ids: Sequence[str]) -> Mapping[str, Reading]:
    """Return an agent's place in each of some conversations; one they never opened is unread from its first line."""
    rows = session.execute(
        select(Message.conversation_id, func.count().label("unread"))
        .outerjoin(
            DeskPlace, and_(DeskPlace.conversation_id == Message.conversation_id, DeskPlace.agent_id == agent_id)
        )
        .where(
            Message.conversation_id.in_(conversation_ids),
            Message.sender == "customer",
            Message.seq > func.coalesce(DeskPlace.read_seq, 0),
        )
        .group_by(Message.conversation_id)
    )
    unread = {row.conversation_id: row.unread for row in rows}
    places = {
        place.conversation_id: place
        for place in session.scalars(
            select(DeskPlace).where(DeskPlace.agent_id == agent_id, DeskPlace.conversation_id.in_(conversation_ids))
        )
    }
    return {
        one: Reading(
            unread=unread.get(one, 0),
            read_seq=places[one].read_seq if one in places else 0,
            draft=places[one].draft if one in places else "",
        )
        for one in conversation_ids
    }


def customer_has_read(session: Session, conversation_id: str, seq: int, *, now: datetime) -> bool:
    """Note the last line a customer's open chat has shown them; agents see it. Return whether that was news."""
    conversation = locked(session, conversation_id)
    seen = min(seq, conversation.next_seq - 1)
    if seen <= conversation.customer_read_seq:
        return False
    conversation.customer_read_seq = seen
    record_event(session, "read", at=now, conversation_id=conversation_id, payload={"seq": seen})
    return True
