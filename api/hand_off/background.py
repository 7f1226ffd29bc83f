"""What a person should know besides the conversation: pages, earlier conversations, what was told already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.hand_off.reasons import reason_text
from api.schemas.packet import Earlier, EntityAt, Known, Reason
from api.schemas.packet import Visit as VisitShown
from api.store.tables import Conversation, HandOff, Message, Visit

FACTS = frozenset({"order_number", "email", "phone", "postcode", "date", "money", "name", "person", "product"})
MOST_EARLIER = 5
MOST_VISITS = 50  # the latest; a customer who leafs through a whole shop is not followed for ever


def visits_of(session: Session, conversation: Conversation) -> list[VisitShown]:
    """Return the pages a customer was on, oldest first; the first is the one the conversation was opened on."""
    rows = session.scalars(
        select(Visit)
        .where(Visit.conversation_id == conversation.id)
        .order_by(Visit.at.desc(), Visit.id.desc())
        .limit(MOST_VISITS)
    ).all()
    seen = [VisitShown(url=row.url, title=row.title, at=row.at) for row in reversed(rows)]
    if conversation.page_url and (not seen or seen[0].url != conversation.page_url):
        seen.insert(0, VisitShown(url=conversation.page_url, title=None, at=conversation.created_at))
    return seen


def note_visit(session: Session, conversation_id: str, url: str, title: str | None, *, at: datetime) -> bool:
    """Note that a customer is on a page; the page they were on already is not noted again.

    Raises:
        ValueError: `url` is no address of a web page.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"no address of a web page: {url!r}")
    host = parts.netloc.rpartition("@")[2]
    plain = urlunsplit((parts.scheme, host, parts.path, "", ""))
    last = session.scalar(
        select(Visit.url)
        .where(Visit.conversation_id == conversation_id)
        .order_by(Visit.at.desc(), Visit.id.desc())
        .limit(1)
    )
    if last == plain:
        return False
    session.add(Visit(conversation_id=conversation_id, url=plain, title=title or None, at=at))
    return True


def count_earlier(session: Session, conversation: Conversation) -> int:
    """Return how many conversations a verified customer had before; 0 for others."""
    before = _before(conversation)
    if before is None:
        return 0
    return session.scalar(select(func.count()).select_from(Conversation).where(*before)) or 0


def earlier_of(session: Session, conversation: Conversation) -> list[Earlier]:
    """Return a verified customer's earlier conversations, latest first; nobody else's identity is proven."""
    before = _before(conversation)
    if before is None:
        return []
    rows = session.scalars(
        select(Conversation)
        .where(*before)
        .order_by(Conversation.created_at.desc(), Conversation.id)
        .limit(MOST_EARLIER)
    ).all()
    ids = [row.id for row in rows]
    said = session.execute(
        select(Message.conversation_id, Message.text)
        .where(Message.conversation_id.in_(ids), Message.sender == "customer")
        .order_by(Message.seq.desc())
    )
    first = {row.conversation_id: row.text for row in said}  # the first line comes last and stays
    codes: dict[str, list[str]] = {}
    for hand_off in session.scalars(select(HandOff).where(HandOff.conversation_id.in_(ids)).order_by(HandOff.id)):
        codes.setdefault(hand_off.conversation_id, []).extend(hand_off.reason_codes or ())
    return [
        Earlier(
            conversation_id=row.id,
            created_at=row.created_at,
            closed_at=row.closed_at,
            first_message=first.get(row.id),
            reasons=[Reason(code=code, text=reason_text(code)) for code in dict.fromkeys(codes.get(row.id, []))],
            stars=row.stars,
        )
        for row in rows
    ]


def known(conversation: Conversation, entities: Sequence[EntityAt], slots: Mapping[str, Any]) -> list[Known]:
    """Return what the customer has told and need not be asked again; of several values the last."""
    told: dict[str, Known] = {}
    for what, value in (("name", conversation.customer_name), ("email", conversation.customer_email)):
        if value:
            told[what] = Known(what=what, value=value, seq=None)
    for what, value in (("email", conversation.contact_email), ("phone", conversation.contact_phone)):
        if value:
            told[what] = Known(what=what, value=value, seq=None)
    for name, value in slots.items():
        if name in FACTS and isinstance(value, str | int | float) and str(value).strip():
            told[name] = Known(what=name, value=str(value), seq=None)
    for entity in entities:
        if entity.value.strip():
            told[entity.entity] = Known(what=entity.entity, value=entity.value, seq=entity.seq)
    return list(told.values())


def _before(conversation: Conversation) -> list[ColumnElement[bool]] | None:
    if not conversation.verified or not conversation.customer_sub:
        return None
    return [
        Conversation.customer_sub == conversation.customer_sub,
        Conversation.verified.is_(True),
        Conversation.created_at < conversation.created_at,
    ]
