"""A customer's place in the queue and an honest guess of the wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from api.store.tables import Conversation, HandOff

RECENT = timedelta(hours=12)
ENOUGH = 3  # waits to learn from; with fewer, no estimate is better than an invented one


@dataclass(frozen=True, slots=True)
class Place:
    """Where someone stands in the queue."""

    position: int  # from 1
    wait_s: int | None  # None: too little is known


def place_of(session: Session, conversation_id: str, *, at: datetime) -> Place | None:
    """Return the place of a waiting conversation, or None when it does not wait."""
    own = session.execute(
        select(HandOff.priority, HandOff.waiting_since, HandOff.id)
        .join(Conversation, Conversation.id == HandOff.conversation_id)
        .where(HandOff.conversation_id == conversation_id, HandOff.ended_at.is_(None), Conversation.owner == "queue")
    ).first()
    if own is None:
        return None
    ahead = session.scalar(
        select(func.count())
        .select_from(HandOff)
        .join(Conversation, Conversation.id == HandOff.conversation_id)
        .where(HandOff.ended_at.is_(None), Conversation.owner == "queue", _comes_before(*own))
    )
    position = 1 + (ahead or 0)
    return Place(position, _estimate(session, position, at))


def _comes_before(priority: int, waiting_since: datetime, hand_off_id: str) -> ColumnElement[bool]:
    return or_(
        HandOff.priority > priority,
        and_(HandOff.priority == priority, HandOff.waiting_since < waiting_since),
        and_(HandOff.priority == priority, HandOff.waiting_since == waiting_since, HandOff.id < hand_off_id),
    )


def _estimate(session: Session, position: int, at: datetime) -> int | None:
    """Return the middle of recent waits, stretched by how many people stand in front; rounded to half minutes."""
    rows = session.execute(
        select(HandOff.requested_at, HandOff.taken_at)
        .where(HandOff.taken_at.is_not(None), HandOff.taken_at > at - RECENT)
        .order_by(HandOff.taken_at.desc())
        .limit(20)
    ).all()
    waits = [(taken - requested).total_seconds() for requested, taken in rows if taken is not None]
    if len(waits) < ENOUGH:
        return None
    return max(30, round(median(waits) * position / 30) * 30)
