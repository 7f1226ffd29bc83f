"""Earlier conversations about the same thing that a person solved, and with which words; personal data masked.

Solved means that the customer was content (four stars or more, or said that an answer helped) or, where they said
nothing, that the chat was closed by an agent and stayed closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.privacy.masking import masked
from api.security.callers import Staff
from api.store.tables import Conversation, HandOff, Message

LOOKED_AT = 200  # solved conversations, the latest
CLOSE = 0.5  # cosine from which two questions are about the same
MOST = 3
LONGEST = 400  # characters shown

Vectors = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True, slots=True)
class Solved:
    """A conversation that was solved: what was asked, and what the agent said last."""

    conversation_id: str
    question: str
    answer: str
    closed_at: datetime
    stars: int | None


@dataclass(frozen=True, slots=True)
class Similar:
    """One that is like the chat at hand."""

    solved: Solved
    similarity: float  # cosine of the questions, in [-1, 1]


def solved_conversations(session: Session, staff: Staff, *, besides: str) -> list[Solved]:
    """Return what a caller may see of the latest solved conversations, masked."""
    mine_only = (
        [or_(Conversation.department.is_(None), Conversation.department.in_(staff.departments))]
        if staff.departments and not staff.is_admin
        else []
    )
    rows = session.scalars(
        select(Conversation)
        .where(
            *mine_only,
            Conversation.owner == "closed",
            Conversation.closed_by == "agent",
            Conversation.closed_at.is_not(None),
            Conversation.id != besides,
            or_(Conversation.stars.is_(None), Conversation.stars >= 4),
            Conversation.id.in_(select(HandOff.conversation_id).where(HandOff.ended_as == "closed")),
        )
        .order_by(Conversation.closed_at.desc(), Conversation.id)
        .limit(LOOKED_AT)
    ).all()
    ids = [row.id for row in rows]
    asked, said = _asked(session, ids), _said_last(session, ids)
    return [
        Solved(
            row.id,
            masked(asked[row.id], [row.customer_name])[:LONGEST],
            masked(said[row.id], [row.customer_name])[:LONGEST],
            row.closed_at,
            row.stars,
        )
        for row in rows
        if row.id in asked and row.id in said and row.closed_at is not None
    ]


def most_similar(question: str, solved: Sequence[Solved], vectors: Vectors) -> list[Similar]:
    """Return the solved conversations whose question is closest, most similar first; fewer when few are close.

    Args:
        question: what the customer at hand asks.
        solved: to choose from.
        vectors: encodes texts as unit vectors, float32 (n, dim).
    """
    if not solved or not question.strip():
        return []
    encoded = vectors([masked(question), *(one.question for one in solved)])
    cosines = encoded[1:] @ encoded[0]
    order = np.argsort(-cosines, kind="stable")[:MOST]
    return [Similar(solved[i], float(cosines[i])) for i in order if cosines[i] >= CLOSE]


def problem_of(session: Session, conversation_id: str) -> str:
    """Return what a conversation is about: the customer's line that says most, "" while there is none."""
    return _asked(session, [conversation_id]).get(conversation_id, "")


def _asked(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Return each conversation's longest line of its customer."""
    rows = session.execute(
        select(Message.conversation_id, Message.text)
        .where(Message.conversation_id.in_(ids), Message.sender == "customer")
        .order_by(Message.seq)
    )
    asked: dict[str, str] = {}
    for row in rows:
        if len(row.text.split()) > len(asked.get(row.conversation_id, "").split()):
            asked[row.conversation_id] = row.text
    return asked


def _said_last(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Return the last words of an agent in each conversation."""
    rows = session.execute(
        select(Message.conversation_id, Message.text)
        .where(Message.conversation_id.in_(ids), Message.sender == "agent")
        .order_by(Message.seq)
    )
    return {row.conversation_id: row.text for row in rows}  # the last one stays
