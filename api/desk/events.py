"""The desk's event log as one agent may read it: in order of `event_id`, without other departments' conversations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.company import Desk
from api.desk.holding_out import withheld
from api.hand_off.queue import waiting
from api.schemas.desk import QueueEntry
from api.security.callers import Staff
from api.store.events import last_event_id
from api.store.tables import Conversation, DeskEvent, Json, Meta

PLAIN = Desk()  # nothing withheld, for readers that are no agent's desk
PAGE = 256  # events read, and so held in memory, at a time for one socket


@dataclass(frozen=True, slots=True)
class Page:
    """Some events in order, and where the next page begins."""

    frames: list[dict[str, Json]]
    after: int  # the last event looked at, shown or not
    full: bool  # there may be more at once


@dataclass(frozen=True, slots=True)
class Position:
    """Where a desk stands in the log."""

    epoch: str
    event_id: int
    reset: bool  # what the desk knew does not belong to this log


def epoch_of(session: Session) -> str:
    """Return the random word that says which history this database tells."""
    return session.get_one(Meta, "epoch").value


def find_position(session: Session, after: int | None, epoch: str | None) -> Position:
    """Return where a desk continues: after what it saw last, or at the end when that was another history."""
    present, last = epoch_of(session), last_event_id(session)
    if after is None:
        return Position(present, last, reset=False)
    if epoch != present or after > last:
        return Position(present, last, reset=True)
    return Position(present, after, reset=False)


def events_after(
    session: Session,
    staff: Staff,
    after: int,
    *,
    now: datetime,
    desk: Desk = PLAIN,
    limit: int = PAGE,
) -> Page:
    """Return the events with a higher number that are this agent's business, lowest first.

    Args:
        session: to read with.
        staff: whose business.
        after: the number to begin behind.
        now: when, for what is said of the queue.
        desk: how the desk works: how many chats an agent may have, which chats go without suggestions.
        limit: most events to look at, shown or not.
    """
    rows = session.scalars(
        select(DeskEvent).where(DeskEvent.event_id > after).order_by(DeskEvent.event_id).limit(limit)
    ).all()
    visible = visible_ids(session, staff, {row.conversation_id for row in rows if row.conversation_id})
    shown = [row for row in rows if row.conversation_id is None or row.conversation_id in visible]
    entries = _entries(session, shown, now, desk.chats_at_once)
    last = rows[-1].event_id if rows else None
    return Page(
        frames=[_frame(session, row, entries, desk.hold_out_share) for row in shown],
        after=after if last is None else last,
        full=len(rows) == limit,
    )


def visible_ids(session: Session, staff: Staff, conversation_ids: Collection[str]) -> set[str]:
    """Return those of some conversations that are an agent's business."""
    found = session.execute(
        select(Conversation.id, Conversation.department).where(Conversation.id.in_(conversation_ids))
    )
    return {row.id for row in found if staff.may_see(row.department)}


def _entries(session: Session, rows: Sequence[DeskEvent], now: datetime, chats_at_once: int | None) -> dict[str, Json]:
    """Return the queue's entries as they are now, which is what a desk wants to show, not what they once were."""
    if not any(row.kind == "queue" for row in rows):
        return {}
    entries = waiting(session, now=now, chats_at_once=chats_at_once)
    return {entry.conversation.id: QueueEntry.of(entry).model_dump(mode="json") for entry in entries}


def _frame(session: Session, row: DeskEvent, entries: dict[str, Json], share: float) -> dict[str, Json]:
    payload = row.payload
    if row.kind == "suggestions" and row.conversation_id and withheld(session, row.conversation_id, share):
        payload = {**payload, "suggestions": [], "internal": [], "parts": None, "withheld": True}
    if row.kind == "queue":
        payload = entries.get(row.conversation_id or "", {"gone": True})
    return {
        "type": "event",
        "event_id": row.event_id,
        "kind": row.kind,
        "conversation_id": row.conversation_id,
        "at": row.created_at.isoformat(),
        "payload": payload,
    }
