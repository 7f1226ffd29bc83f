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
KINDS = {
    "message": "a line of a conversation, whoever says it",
    "owner": "a conversation went to the bot, the queue, an agent, or was closed",
    "queue": "a conversation waits, moved in the queue, or left it; to webhooks with the hand-off packet",
    "suggestions": "the suggestions for a customer's message are stored",
    "feedback": "somebody said or did something with a suggestion, other than look at it",
    "not_sent": "a reply of the bot came when a person had the chat, and was kept from the customer",
    "task": "an answer is owed by e-mail or telephone, was taken on, or was given",
    "rating": "a customer rated the chat",
    "note": "an agent wrote a private note",
    "tags": "a conversation has other tags",
    "presence": "an agent came or went",
    "read": "a customer's chat has shown them everything up to a line",
    "erased": "a conversation was erased: forget what you keep of it",
    "report": "a report was written: its name, the last day of it, and where to fetch it",
}  # every kind of event and what it says; a test holds this against the calls of `record_event`

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
