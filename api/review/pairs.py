"""Questions that agents answered with an article, offered for review: confirmed, they are what search learns from.

Sending an answer nearly as it stood, calling it fully right, or a customer's "this helped" speaks for a pair; a
customer who rejected it, a dismissal or "wrong" speaks against it and takes it off the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from api.store.tables import (
    Conversation,
    Label,
    Message,
    Suggestion,
    SuggestionFeedback,
    SuggestionSet,
)

NEARLY_AS_IT_STOOD = 0.3  # share of an answer that may be changed for it to count as sent
Sign = Literal["sent", "fully", "helped"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A customer's message and the article that seems to answer it."""

    message: Message
    suggestion: Suggestion
    signs: tuple[Sign, ...]  # what speaks for it
    customer: str | None  # the customer's name, to be masked


def pairs(session: Session, *, limit: int = 50, since: datetime | None = None) -> list[Pair]:
    """Return the pairs that nobody has looked at yet, the newest first."""
    labelled = select(Label.message_id).where(Label.undone_at.is_(None))
    return _pairs(session, Message.id.not_in(labelled), *([Message.created_at >= since] if since else []))[:limit]


def pair_of(session: Session, message: Message) -> Pair | None:
    """Return the pair that answer records speak for at a message, labelled or not; None when there is none."""
    return next(iter(_pairs(session, Message.id == message.id)), None)


def _pairs(session: Session, *which: ColumnElement[bool]) -> list[Pair]:
    rows = session.execute(
        select(Message, Suggestion, SuggestionFeedback, Conversation.customer_name)
        .join(SuggestionSet, SuggestionSet.message_id == Message.id)
        .join(Suggestion, Suggestion.suggestion_set_id == SuggestionSet.id)
        .join(SuggestionFeedback, SuggestionFeedback.suggestion_id == Suggestion.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Suggestion.internal.is_(False), *which)
        .where(
            or_(
                SuggestionFeedback.sent.is_(True),
                SuggestionFeedback.correct.is_not(None),
                SuggestionFeedback.helpful.is_not(None),
                SuggestionFeedback.dismissed.is_(True),
            )
        )
        .order_by(Message.created_at.desc(), Message.id, Suggestion.rank)
    )
    said: dict[str, list[tuple[Suggestion, SuggestionFeedback]]] = {}
    messages: dict[str, tuple[Message, str | None]] = {}
    for row in rows:
        messages[row.Message.id] = (row.Message, row.customer_name)
        said.setdefault(row.Message.id, []).append((row.Suggestion, row.SuggestionFeedback))
    found = (_pair(*messages[message_id], given) for message_id, given in said.items())
    return [pair for pair in found if pair is not None]


def _pair(
    message: Message, customer: str | None, given: Sequence[tuple[Suggestion, SuggestionFeedback]]
) -> Pair | None:
    """Return the one suggestion of a message that something speaks for and nothing against; None without one."""
    against = {suggestion.id for suggestion, feedback in given if _speaks_against(feedback)}
    signs: dict[str, tuple[Suggestion, set[Sign]]] = {}
    for suggestion, feedback in given:
        if suggestion.id not in against and (found := _signs(feedback)):
            signs.setdefault(suggestion.id, (suggestion, set()))[1].update(found)
    if not signs:
        return None
    suggestion, seen = max(signs.values(), key=lambda one: (len(one[1]), -one[0].rank))
    order: tuple[Sign, ...] = ("sent", "fully", "helped")
    return Pair(message, suggestion, tuple(sign for sign in order if sign in seen), customer)


def _signs(feedback: SuggestionFeedback) -> set[Sign]:
    found: set[Sign] = set()
    if feedback.sent and (feedback.edited or 0.0) <= NEARLY_AS_IT_STOOD:
        found.add("sent")
    if feedback.correct == "fully":
        found.add("fully")
    if feedback.helpful:
        found.add("helped")
    return found


def _speaks_against(feedback: SuggestionFeedback) -> bool:
    wrong = feedback.dismissed and feedback.dismissed_why in {"wrong", "outdated"}
    return bool(wrong) or feedback.correct == "wrong" or feedback.helpful is False
