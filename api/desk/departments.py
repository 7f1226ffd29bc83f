"""Which department a conversation is for; agents of other departments do not see it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from api.conversations.ownership import open_hand_off, requeue
from api.conversations.transcript import locked
from api.security.callers import sees
from api.store.events import record_event
from api.store.tables import Agent, Conversation


def pass_to(session: Session, conversation_id: str, department: str | None, *, now: datetime) -> Conversation:
    """Make a conversation one department's business, or everybody's (None).

    A chat whose agent is not of that department goes to the front of its queue.
    """
    conversation = locked(session, conversation_id)
    conversation.department = department
    hand_off = open_hand_off(session, conversation_id)
    if hand_off is not None:
        hand_off.department = department
    holder = session.get(Agent, conversation.agent_id) if conversation.agent_id else None
    if holder is not None and not sees(holder, department):
        requeue(session, conversation_id, at=now)
    elif conversation.owner == "queue":
        record_event(session, "queue", at=now, conversation_id=conversation_id)
    return conversation
