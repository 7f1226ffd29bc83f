"""Which department a conversation is for; agents of other departments do not see it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.company import Company
from api.conversations.ownership import open_hand_off, requeue
from api.conversations.transcript import locked
from api.desk.presence import present_agents
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How a department stands now."""

    name: str
    is_open: bool
    here: int  # agents at the desk who see its chats
    waiting: int
    talking: int  # chats that are with an agent


def standings(session: Session, company: Company, *, now: datetime) -> list[Standing]:
    """Return how every department stands, in the company's order."""
    rows = session.execute(
        select(Conversation.department, Conversation.owner).where(Conversation.owner.in_(("queue", "agent")))
    ).all()
    counted = Counter((row.department, row.owner) for row in rows)
    there = present_agents(session, now)
    return [
        Standing(
            name=name,
            is_open=company.is_open(name, now),
            here=sum(sees(agent, name) for agent in there),
            waiting=counted[name, "queue"],
            talking=counted[name, "agent"],
        )
        for name in company.desk.departments
    ]
