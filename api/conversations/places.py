"""A customer's place in the queue, an honest guess of the wait, and how good these guesses turn out to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from api.conversations.waits import LEARNED_FROM, Stay, guess
from api.store.tables import Conversation, HandOff

RECENT = timedelta(hours=12)
MINUTE = 60_000_000  # microseconds, as times are stored


@dataclass(frozen=True, slots=True)
class Place:
    """Where someone stands in the queue; the waits are None while too little is known."""

    position: int  # from 1
    wait_s: int | None  # as likely shorter as longer
    most_s: int | None  # nine of ten wait no longer


@dataclass(frozen=True, slots=True)
class GuessesMeasured:
    """How the guesses told to customers compare with how long they waited."""

    served: int  # chats whose customer was told a guess
    median_error_s: int | None  # of the likely wait, either way
    within_likely: float | None  # share that waited no longer than the likely wait; 0.5 would be exactly right
    within_most: float | None  # share that waited no longer than the longer guess; 0.9 would be exactly right


def served_at() -> ColumnElement[int]:
    """Return what the queue is ordered by: when somebody began to wait, earlier by what their urgency counts for."""
    return cast(HandOff.waiting_since, BigInteger) - cast(HandOff.priority, BigInteger) * MINUTE


def place_of(session: Session, conversation_id: str, *, at: datetime) -> Place | None:
    """Return the place of a waiting conversation, or None when it does not wait."""
    own = session.execute(
        select(served_at().label("served_at"), HandOff.id)
        .join(Conversation, Conversation.id == HandOff.conversation_id)
        .where(HandOff.conversation_id == conversation_id, HandOff.ended_at.is_(None), Conversation.owner == "queue")
    ).first()
    if own is None:
        return None
    before = or_(served_at() < own.served_at, and_(served_at() == own.served_at, HandOff.id < own.id))
    ahead = session.scalar(
        select(func.count())
        .select_from(HandOff)
        .join(Conversation, Conversation.id == HandOff.conversation_id)
        .where(HandOff.ended_at.is_(None), Conversation.owner == "queue", before)
    )
    position = 1 + (ahead or 0)
    likely_s, most_s = guess(_recent_stays(session, at), position, now=at) or (None, None)
    return Place(position, likely_s, most_s)


def measure_guesses(session: Session, *, since: datetime) -> GuessesMeasured:
    """Compare the guesses of the chats taken since a moment with what their customers really waited."""
    rows = session.execute(
        select(HandOff.requested_at, HandOff.taken_at, HandOff.guess_s, HandOff.guess_most_s).where(
            HandOff.taken_at >= since, HandOff.guess_s.is_not(None), HandOff.guess_most_s.is_not(None)
        )
    ).all()
    if not rows:
        return GuessesMeasured(0, None, None, None)
    waited = [(row.taken_at - row.requested_at).total_seconds() for row in rows]
    errors = [abs(wait - row.guess_s) for wait, row in zip(waited, rows, strict=True)]
    likely = sum(wait <= row.guess_s for wait, row in zip(waited, rows, strict=True))
    most = sum(wait <= row.guess_most_s for wait, row in zip(waited, rows, strict=True))
    return GuessesMeasured(len(rows), round(median(errors)), likely / len(rows), most / len(rows))


def _recent_stays(session: Session, at: datetime) -> list[Stay]:
    """Return the last stays in the queue that ended, and those that have not."""
    until = func.coalesce(HandOff.taken_at, HandOff.ended_at)
    ended = session.execute(
        select(HandOff.requested_at, until.label("until"))
        .where(until > at - RECENT, until <= at)
        .order_by(until.desc())
        .limit(LEARNED_FROM)
    )
    waiting = session.execute(
        select(HandOff.requested_at)
        .join(Conversation, Conversation.id == HandOff.conversation_id)
        .where(HandOff.ended_at.is_(None), HandOff.taken_at.is_(None), Conversation.owner == "queue")
    )
    stays = [Stay(row.requested_at, row.until) for row in ended]
    return stays + [Stay(row.requested_at, None) for row in waiting if row.requested_at <= at]
