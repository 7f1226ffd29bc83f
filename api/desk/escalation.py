"""Nobody takes a chat: the next department is asked, then everybody, and in the end the customer for an address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.company import Company
from api.conversations.ownership import open_hand_off
from api.conversations.people import PeopleSentence
from api.conversations.transcript import append, locked, system_line
from api.store.events import record_event
from api.store.tables import Conversation, HandOff
from api.strings.catalogue import say


def overdue(session: Session, company: Company, *, now: datetime) -> Sequence[str]:
    """Return the conversations that nobody took within the time they are given, longest waiting first."""
    asked_at = func.coalesce(HandOff.routed_at, HandOff.waiting_since)
    return session.scalars(
        select(Conversation.id)
        .join(HandOff, HandOff.conversation_id == Conversation.id)
        .where(
            Conversation.owner == "queue",
            HandOff.ended_at.is_(None),
            asked_at <= now - timedelta(seconds=company.desk.next_after_seconds),
            or_(Conversation.department.is_not(None), HandOff.contact_asked_at.is_(None)),
        )
        .order_by(HandOff.waiting_since, HandOff.id)
    ).all()


def ask_the_next(
    session: Session, company: Company, conversation_id: str, *, now: datetime, people: PeopleSentence
) -> bool:
    """Take the next step for one conversation that nobody took; return whether it was due."""
    conversation = locked(session, conversation_id)
    hand_off = open_hand_off(session, conversation_id)
    if conversation.owner != "queue" or hand_off is None or conversation_id not in overdue(session, company, now=now):
        return False
    if conversation.department is not None:
        hand_off.placed_why = [*(hand_off.placed_why or ()), f"nobody of {conversation.department} took it"]
        conversation.department = hand_off.department = _next_department(company, conversation.department, now)
        hand_off.routed_at = now
    else:
        hand_off.contact_asked_at = now
        text = say("queue.nobody_yet", availability=people(session, now))
        append(session, conversation, system_line(text, "queue.nobody_yet", at=now))
    record_event(session, "queue", at=now, conversation_id=conversation_id)
    return True


def _next_department(company: Company, name: str, now: datetime) -> str | None:
    """Return the next department that is open, or None: everybody."""
    known = company.desk.departments
    following = known[name].next if name in known else None
    while following is not None and not company.is_open(following, now):
        following = known[following].next
    return following
