"""What the desks are told: rows of `desk_event`, whose numbers become visible in order.

A desk that has seen event n will never be shown a new one below n, whatever order transactions commit in. SQLite has
one writer at a time, so there a row is numbered as it is written. On PostgreSQL it gets its `event_id` in a second,
later transaction, one process at a time. Numbers go on from the highest row, so that one always stays.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, or_, select, text, update
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
    event = DeskEvent(kind=kind, conversation_id=conversation_id, payload=payload or {}, created_at=at)
    if session.get_bind().dialect.name == "sqlite":
        event.event_id = _next_number(session)
    session.add(event)
    announce(session, UNNUMBERED if event.event_id is None else NUMBERED)


def _next_number(session: Session) -> int:
    """Return the number after all that are committed or stand in this transaction, the only one that writes."""
    with session.no_autoflush:
        last = last_event_id(session)
    return 1 + max([last, *(one.event_id or 0 for one in session.new if isinstance(one, DeskEvent))])


def number_events(session: Session) -> int:
    """Give every committed event without a number the next one; return how many got one."""
    _hold_numbers(session)
    waiting = session.scalars(select(DeskEvent.id).where(DeskEvent.event_id.is_(None)).order_by(DeskEvent.id)).all()
    last = session.scalar(select(func.max(DeskEvent.event_id))) or 0
    for offset, row in enumerate(waiting, start=1):
        session.execute(update(DeskEvent).where(DeskEvent.id == row).values(event_id=last + offset))
    if waiting:
        announce(session, NUMBERED)
    return len(waiting)


def _hold_numbers(session: Session) -> None:
    """Keep others from giving numbers until this transaction ends; SQLite's only writer has them to itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": SEQUENCER_LOCK})


def forget_events(session: Session, conversation_ids: Collection[str]) -> int:
    """Delete what was told of conversations; return how many events that were.

    The newest event of all only loses what it says: were it deleted, its number would be given again, and whoever has
    seen it would miss the next one.
    """
    _hold_numbers(session)
    theirs = DeskEvent.conversation_id.in_(conversation_ids)
    newest = DeskEvent.event_id == last_event_id(session)
    emptied = session.execute(
        update(DeskEvent).where(theirs, newest, DeskEvent.kind != "erased").values(kind="erased", payload={})
    )
    deleted = session.execute(delete(DeskEvent).where(theirs, or_(DeskEvent.event_id.is_(None), ~newest)))
    return cast("CursorResult[Any]", emptied).rowcount + cast("CursorResult[Any]", deleted).rowcount


def last_event_id(session: Session) -> int:
    """Return the highest number given so far, 0 before the first."""
    return session.scalar(select(func.max(DeskEvent.event_id))) or 0
