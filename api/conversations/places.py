"""A customer's place in the queue, an honest guess of the wait, and how good these guesses turn out to be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from api.store.tables import Conversation, HandOff

RECENT = timedelta(hours=12)
MOST_LEARNED_FROM = 50  # served chats, the latest
ENOUGH = 3  # waits to learn from; with fewer, no estimate is better than an invented one
STEP_S = 30  # nobody can know it more exactly
LIKELY, NEARLY_SURE = 0.5, 0.9  # shares of the recent waits that were shorter than each of the two guesses
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
    waits = _waits_for_one_place(session, at)
    if len(waits) < ENOUGH:
        return Place(position, None, None)
    return Place(position, _rounded(position * _share(waits, LIKELY)), _rounded(position * _share(waits, NEARLY_SURE)))


def measure_guesses(session: Session, *, since: datetime) -> GuessesMeasured:
    """Compare the guesses of the chats taken since a moment with what their customers really waited."""
    rows = session.execute(
        select(HandOff.requested_at, HandOff.taken_at, HandOff.guess_s, HandOff.guess_most_s).where(
            HandOff.taken_at >= since, HandOff.guess_s.is_not(None), HandOff.guess_most_s.is_not(None)
        )
    ).all()
    if not rows:
        return GuessesMeasured(0, None, None)
    waited = [(row.taken_at - row.requested_at).total_seconds() for row in rows]
    errors = [abs(wait - row.guess_s) for wait, row in zip(waited, rows, strict=True)]
    within = sum(wait <= row.guess_most_s for wait, row in zip(waited, rows, strict=True))
    return GuessesMeasured(len(rows), round(median(errors)), within / len(rows))


def _waits_for_one_place(session: Session, at: datetime) -> list[float]:
    """Return how long each place in the queue lasted for those served lately, in seconds, shortest first."""
    rows = session.execute(
        select(HandOff.requested_at, HandOff.taken_at, HandOff.position)
        .where(HandOff.taken_at > at - RECENT, HandOff.taken_at <= at, HandOff.position.is_not(None))
        .order_by(HandOff.taken_at.desc())
        .limit(MOST_LEARNED_FROM)
    ).all()
    return sorted((row.taken_at - row.requested_at).total_seconds() / row.position for row in rows)


def _share(ordered: Sequence[float], share: float) -> float:
    """Return the value that `share` of the ordered ones do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _rounded(seconds: float) -> int:
    return max(STEP_S, math.ceil(seconds / STEP_S) * STEP_S)
