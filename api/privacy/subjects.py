"""Who a customer is: the conversations that are theirs, and the words that lead to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.store.tables import Conversation, Message, Task

ERASED = "[erased]"  # stands where a text was
FEWEST_DIGITS = 6  # of a telephone number


class NobodyNamed(ValueError):
    """Neither an address, nor a number, nor an id was given."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of a customer; each conversation that fits one of these is theirs.

    Attributes:
        email: as left in the chat, given by the host site or typed for an answer; case does not matter.
        phone: digits count, not how they are set out.
        sub: the host site's id of the customer.
        conversation_ids: named one by one.
    """

    email: str | None = None
    phone: str | None = None
    sub: str | None = None
    conversation_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A customer as far as the database knows them.

    Attributes:
        conversation_ids: theirs, oldest first.
        verified_ids: those of them whose customer the host site vouched for.
        identifiers: addresses, numbers and ids that lead to them, as they are stored.
        names: what they are called.
        mentioned_in: other conversations in which one of the identifiers was written.
    """

    conversation_ids: tuple[str, ...]
    verified_ids: tuple[str, ...]
    identifiers: tuple[str, ...]
    names: tuple[str, ...]
    mentioned_in: tuple[str, ...]


def find_subject(session: Session, wanted: Wanted) -> Subject:
    """Return everything that is known about who a customer is; without conversations when nobody fits.

    Whoever is verified in one of the conversations found is the same customer in all that carry the same id.

    Raises:
        NobodyNamed: nothing was asked for.
    """
    digits = digits_of(wanted.phone)
    if not (wanted.email or digits or wanted.sub or wanted.conversation_ids):
        raise NobodyNamed("Name an e-mail address, a telephone number, the customer's id or a conversation.")
    found = set(session.scalars(select(Conversation.id).where(Conversation.id.in_(wanted.conversation_ids))))
    if wanted.sub:
        found |= set(session.scalars(select(Conversation.id).where(Conversation.customer_sub == wanted.sub)))
    if wanted.email:
        found |= _with_email(session, wanted.email)
    if digits:
        found |= _with_phone(session, digits)
    subs = select(Conversation.customer_sub).where(Conversation.id.in_(found), Conversation.verified.is_(True))
    found |= set(session.scalars(select(Conversation.id).where(Conversation.customer_sub.in_(subs))))
    rows = session.scalars(
        select(Conversation).where(Conversation.id.in_(found)).order_by(Conversation.created_at, Conversation.id)
    ).all()
    identifiers = _identifiers(session, rows)
    looked_for = identifiers or tuple(filter(None, (wanted.email, wanted.phone, wanted.sub)))
    return Subject(
        conversation_ids=tuple(row.id for row in rows),
        verified_ids=tuple(row.id for row in rows if row.verified),
        identifiers=identifiers,
        names=tuple(dict.fromkeys(row.customer_name for row in rows if row.customer_name)),
        mentioned_in=_mentioned_in(session, looked_for, besides=found),
    )


def digits_of(phone: str | None) -> str:
    """Return a telephone number's last digits by which it is compared, "" when it has too few."""
    digits = re.sub(r"\D", "", phone or "")
    return digits[-9:] if len(digits) >= FEWEST_DIGITS else ""


def _with_email(session: Session, email: str) -> set[str]:
    wanted = email.strip().lower()
    own = or_(func.lower(Conversation.customer_email) == wanted, func.lower(Conversation.contact_email) == wanted)
    tasks = session.scalars(select(Task.conversation_id).where(func.lower(Task.email) == wanted))
    return {*session.scalars(select(Conversation.id).where(own)), *tasks}


def _with_phone(session: Session, digits: str) -> set[str]:
    left = session.execute(
        select(Conversation.id, Conversation.contact_phone).where(Conversation.contact_phone.is_not(None))
    ).all()
    owed = session.execute(select(Task.conversation_id, Task.phone).where(Task.phone.is_not(None))).all()
    return {conversation_id for conversation_id, phone in (*left, *owed) if digits_of(phone) == digits}


def _identifiers(session: Session, rows: Sequence[Conversation]) -> tuple[str, ...]:
    tasks = session.scalars(select(Task).where(Task.conversation_id.in_([row.id for row in rows]))).all()
    known: Iterable[str | None] = (
        *(value for row in rows for value in (row.customer_email, row.contact_email, row.contact_phone)),
        *(row.customer_sub for row in rows),
        *(value for task in tasks for value in (task.email, task.phone)),
    )
    return tuple(dict.fromkeys(value for value in known if value))


def _mentioned_in(session: Session, identifiers: Sequence[str], *, besides: set[str]) -> tuple[str, ...]:
    said = [Message.text.icontains(word, autoescape=True) for word in identifiers if len(word) >= FEWEST_DIGITS]
    if not said:
        return ()
    rows = session.scalars(select(Message.conversation_id).where(or_(*said)).distinct())
    return tuple(sorted(set(rows) - besides))
