"""What the desks are told: rows of `desk_event`, numbered only after their transaction is committed.

A row gets its `event_id` in a second, later transaction, one process at a time. So numbers become visible in order: a
desk that has seen event n will never be shown a new one below n, whatever order transactions commit in.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from api.store.database import announce
from api.store.tables import DeskEvent, Json

UNNUMBERED = "desk_events"  # topic: rows wait for their numbers
NUMBERED = "desk"  # topic: new numbered events can be read
SEQUENCER_LOCK = 7_240_001  # any fixed number: PostgreSQL's advisory lock of the sequencer


def record_event(
    session: Session, kind: str, *, at: datetime, conversation_id: str | None = None, payload: Json = None
) -> None:
    """Add an event to this transaction; desks hear of it after the commit."""
    session.add(DeskEvent(kind=kind, conversation_id=conversation_id, payload=payload or {}, created_at=at))
    announce(session, UNNUMBERED)


def number_events(session: Session) -> int:
    """Give every committed event without a number the next one; return how many got one."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": SEQUENCER_LOCK})
    waiting = session.scalars(select(DeskEvent.id).where(DeskEvent.event_id.is_(None)).order_by(DeskEvent.id)).all()
    last = session.scalar(select(func.max(DeskEvent.event_id))) or 0
    for offset, row in enumerate(waiting, start=1):
        session.execute(update(DeskEvent).where(DeskEvent.id == row).values(event_id=last + offset))
    if waiting:
        announce(session, NUMBERED)
    return len(waiting)


def last_event_id(session: Session) -> int:
    """Return the highest number given so far, 0 before the first."""
    return session.scalar(select(func.max(DeskEvent.event_id))) or 0
