"""Where a new hand-off is placed: department, urgency, and what its customer is told about when people are in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.company import Company
from api.hand_off.routing import Clues, Urgency, route, urgency
from api.store.tables import Article, ArticleVersion, Conversation, Message, Suggestion, SuggestionSet, Turn

LOOKED_AT = 5  # the customer's last messages; what was said before belongs to another matter often enough
SURE = 0.5  # an intent or an article that is less likely than this says nothing about the subject


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a hand-off goes, and why."""

    department: str | None
    urgency: Urgency
    why: tuple[str, ...]


def place(
    session: Session, company: Company, conversation: Conversation, reason_codes: Sequence[str], *, at: datetime
) -> Placement:
    """Place a conversation that needs a person.

    A conversation that has a department keeps it. One whose department is closed now goes to the next that is open.
    """
    urgent = urgency(reason_codes, _frustration(session, conversation.id))
    if conversation.department is not None:
        return Placement(conversation.department, urgent, ("it was there before", *urgent.why))
    routed = route(company.desk, clues_of(session, conversation, reason_codes))
    name, why = routed.department, [routed.why]
    while name is not None and not company.is_open(name, at):
        why.append(f"{name} is closed")
        name = company.desk.departments[name].next
    return Placement(name, urgent, (*why, *urgent.why))


def clues_of(session: Session, conversation: Conversation, reason_codes: Sequence[str] = ()) -> Clues:
    """Read what a conversation's last messages are about."""
    recent = (
        select(Message.id, Message.seq)
        .where(Message.conversation_id == conversation.id, Message.sender == "customer")
        .order_by(Message.seq.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    intents = session.scalars(
        select(Turn.intent)
        .join(recent, recent.c.id == Turn.message_id)
        .where(Turn.state == "done", Turn.intent.is_not(None), Turn.confidence >= SURE)
        .order_by(recent.c.seq.desc())
    ).all()
    found = session.execute(
        select(Suggestion.article_id, ArticleVersion.category)
        .join(SuggestionSet, SuggestionSet.id == Suggestion.suggestion_set_id)
        .join(recent, recent.c.id == SuggestionSet.message_id)
        .outerjoin(Article, (Article.kb == SuggestionSet.kb) & (Article.article_id == Suggestion.article_id))
        .outerjoin(
            ArticleVersion,
            (ArticleVersion.kb == Article.kb)
            & (ArticleVersion.article_id == Article.article_id)
            & (ArticleVersion.version == Article.version),
        )
        .where(Suggestion.internal.is_(False), Suggestion.rank == 0, Suggestion.confidence >= SURE)
        .order_by(recent.c.seq.desc())
    ).all()
    topics = [word for row in found for word in (row.article_id, row.category) if word]
    return Clues(reason_codes, [intent for intent in intents if intent], topics)


def _frustration(session: Session, conversation_id: str) -> float | None:
    return session.scalar(
        select(Turn.frustration)
        .where(Turn.conversation_id == conversation_id, Turn.state == "done", Turn.frustration.is_not(None))
        .order_by(Turn.number.desc())
        .limit(1)
    )
