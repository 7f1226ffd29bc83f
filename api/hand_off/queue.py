"""The queue as agents see it: who waits, most urgent first, why, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.conversations.places import served_at
from api.desk.proposals import Proposal, propose, ready_agents, who_knows
from api.store.tables import Conversation, HandOff, Message, Turn


@dataclass(frozen=True, slots=True)
class Waiting:
    """One conversation in the queue."""

    conversation: Conversation
    hand_off: HandOff
    position: int  # in the whole queue, from 1, whatever part of it an agent sees
    waited_s: int
    last_message: str | None  # what the customer said last
    frustration: float | None  # of their last message that was understood
    proposal: Proposal | None  # the agent whose turn it is


def waiting(session: Session, *, now: datetime, chats_at_once: int | None = None) -> list[Waiting]:
    """Return everyone who waits, in the order they are to be served.

    Args:
        session: to read with.
        now: when.
        chats_at_once: how many chats an agent may have; None for any number.
    """
    rows = session.execute(
        select(Conversation, HandOff)
        .join(HandOff, HandOff.conversation_id == Conversation.id)
        .where(Conversation.owner == "queue", HandOff.ended_at.is_(None))
        .order_by(served_at(), HandOff.id)
    ).all()
    ids = [row.Conversation.id for row in rows]
    said, mood = last_said(session, ids), last_frustration(session, ids)
    proposals = propose(
        [row.Conversation for row in rows],
        ready_agents(session, now=now),
        who_knows(session, ids),
        chats_at_once=chats_at_once,
    )
    return [
        Waiting(
            conversation=conversation,
            hand_off=hand_off,
            position=position,
            waited_s=max(0, int((now - hand_off.waiting_since).total_seconds())),
            last_message=said.get(conversation.id),
            frustration=mood.get(conversation.id),
            proposal=proposals.get(conversation.id),
        )
        for position, (conversation, hand_off) in enumerate(rows, start=1)
    ]


def last_said(session: Session, conversation_ids: Sequence[str]) -> dict[str, str]:
    """Return each conversation's last message of its customer."""
    last = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_(conversation_ids), Message.sender == "customer")
        .group_by(Message.conversation_id)
        .subquery()
    )
    rows = session.execute(
        select(Message.conversation_id, Message.text).join(
            last, (last.c.conversation_id == Message.conversation_id) & (last.c.seq == Message.seq)
        )
    )
    return {row.conversation_id: row.text for row in rows}


def last_frustration(session: Session, conversation_ids: Sequence[str]) -> dict[str, float]:
    """Return each conversation's frustration score at its last understood message."""
    rows = session.execute(
        select(Turn.conversation_id, Turn.frustration)
        .where(Turn.conversation_id.in_(conversation_ids), Turn.state == "done", Turn.frustration.is_not(None))
        .order_by(Turn.number)
    )
    return {row.conversation_id: row.frustration for row in rows}  # the last one stays
