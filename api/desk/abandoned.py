"""Customers whose agent is gone or silent: they go back to the front of the queue, and are told.

A customer waits while their agent owes them a word: the first one after joining, or an answer to what they wrote since.
Whoever waits for an agent who is gone gets another one; so does whoever waits too long for one who is there. A chat in
which the agent had the last word stays where it is: nobody waits, and the agent may come back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from api.conversations.ownership import Return, requeue
from api.conversations.people import PeopleSentence
from api.desk.presence import PRESENT_FOR, lost_since
from api.store.tables import Agent, Conversation, Message
from api.strings.catalogue import say


@dataclass(frozen=True, slots=True)
class Abandoned:
    """One chat that is not answered."""

    conversation_id: str
    agent_id: str
    agent_name: str
    why: Literal["agent_away", "agent_silent"]
    since: datetime  # agent_away: when the agent was last heard from; agent_silent: since when the customer waits


def abandoned(
    session: Session, *, now: datetime, silent_after: timedelta, only: Sequence[str] | None = None
) -> list[Abandoned]:
    """Return the chats whose customers wait for an agent who is gone or silent.

    Args:
        session: to read with.
        now: when.
        silent_after: how long a customer may wait for an agent who is there.
        only: look at these conversations; None for all.
    """
    held = select(Conversation.id, Agent).join(Agent, Agent.id == Conversation.agent_id)
    held = held.where(Conversation.owner == "agent").order_by(Conversation.id)
    rows = session.execute(held if only is None else held.where(Conversation.id.in_(only))).all()
    waits = waiting_for_agent(session, [row.id for row in rows])
    found: list[Abandoned] = []
    for conversation_id, agent in rows:
        wait = waits.get(conversation_id)
        if wait is None:
            continue
        away_since = lost_since(agent, now)
        if away_since is not None and wait.spoke_at <= now - PRESENT_FOR:
            found.append(Abandoned(conversation_id, agent.id, agent.name, "agent_away", away_since))
        elif wait.since <= now - silent_after:
            found.append(Abandoned(conversation_id, agent.id, agent.name, "agent_silent", wait.since))
    return found


def give_back(
    session: Session, conversation_id: str, *, now: datetime, silent_after: timedelta, people: PeopleSentence
) -> bool:
    """Put one chat back to the front of the queue if its customer still waits in vain; return whether it was."""
    session.get(Conversation, conversation_id, with_for_update=True, populate_existing=True)
    left = abandoned(session, now=now, silent_after=silent_after, only=[conversation_id])
    if not left:
        return False
    [one] = left
    why = Return(
        text=say(f"queue.{one.why}", name=one.agent_name, availability=people(session, now)),
        reason=one.why,
        evidence={"agent_id": one.agent_id, "agent": one.agent_name, "since": one.since.isoformat()},
    )
    return requeue(session, conversation_id, at=now, why=why)


@dataclass(frozen=True, slots=True)
class Wait:
    """A customer who waits for their agent's word."""

    since: datetime
    spoke_at: datetime  # when the agent joined or last said something


def waiting_for_agent(session: Session, conversation_ids: Sequence[str]) -> Mapping[str, Wait]:
    """Return how the customers of agents' chats wait for a word; chats in which nobody waits are left out."""
    spoke = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(
            Message.conversation_id.in_(conversation_ids),
            or_(Message.sender == "agent", Message.notice == "agent.joined"),
        )
        .group_by(Message.conversation_id)
        .subquery()
    )
    last = session.execute(
        select(Message.conversation_id, Message.sender, Message.created_at).join(
            spoke, and_(spoke.c.conversation_id == Message.conversation_id, spoke.c.seq == Message.seq)
        )
    ).all()
    spoke_at = {row.conversation_id: row.created_at for row in last}
    waits = {row.conversation_id: Wait(row.created_at, row.created_at) for row in last if row.sender != "agent"}
    written = session.execute(
        select(Message.conversation_id, func.min(Message.created_at).label("at"))
        .join(spoke, and_(spoke.c.conversation_id == Message.conversation_id, spoke.c.seq < Message.seq))
        .where(Message.sender == "customer")
        .group_by(Message.conversation_id)
    )
    for row in written:
        waits.setdefault(row.conversation_id, Wait(row.at, spoke_at[row.conversation_id]))
    return waits
