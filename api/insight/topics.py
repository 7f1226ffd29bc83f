"""Reads what customers asked in some weeks, each message with its topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from api.hand_off.rules import ANGER_AT
from api.insight.period import WEEK, Period
from api.insight.problems import WEEKS, Asked, Problem, Topic, problems_of
from api.privacy.masking import masked
from api.review.candidates import LOW_CONFIDENCE, Candidate
from api.review.clusters import Vectors, clusters
from api.store.tables import Conversation, HandOff, Intent, Message, Suggestion, SuggestionSet, Turn

UNMET = frozenset({"fallback", "clarify", "queue"})
MOST_UNKNOWN = 1_000  # messages put together by meaning, the newest
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Weeks:
    """Whole weeks up to a day, and what recurred in them."""

    period: Period
    totals: tuple[int, ...]  # conversations in which the customer wrote, by week
    problems: tuple[Problem, ...]


def weeks_until(period: Period, weeks: int = WEEKS) -> Period:
    """Return so many whole weeks up to the last day of a period."""
    return Period(period.last - timedelta(days=weeks * WEEK - 1), period.last, period.zone)


def read_problems(session: Session, period: Period, vectors: Vectors) -> Weeks:
    """Return the recurring problems of a period of whole weeks.

    Args:
        session: to read with.
        period: whole weeks; the last one is compared with those before it.
        vectors: turns messages into what they mean.
    """
    count = period.days // WEEK
    told = _told(session, period, count)
    asked = [*told.known, *_by_meaning(told.unknown, vectors, period)]
    gone = select(HandOff.conversation_id).where(HandOff.requested_at >= period.start)
    problems = problems_of(asked, told.totals, frozenset(session.scalars(gone)))
    return Weeks(period, tuple(told.totals), tuple(problems))


def examples_of(session: Session, problem: Problem, most: int = 3) -> list[str]:
    """Return some of the last week's messages of a problem, personal data masked, the shortest first."""
    different = {" ".join(one.text.split()).casefold(): one for one in problem.asked}
    shortest = sorted(different.values(), key=lambda one: (len(one.text), one.message_id))[:most]
    ids = [one.conversation_id for one in shortest]
    query = select(Conversation.id, Conversation.customer_name).where(Conversation.id.in_(ids))
    names = {row.id: row.customer_name for row in session.execute(query)}
    return [masked(" ".join(one.text.split()), [names.get(one.conversation_id)])[:300] for one in shortest]


@dataclass(frozen=True, slots=True)
class _Told:
    known: list[Asked]
    unknown: list[tuple[Message, Turn]]
    totals: list[int]


def _told(session: Session, period: Period, count: int) -> _Told:
    topical = {
        row.name: row.description or row.name.replace("_", " ").capitalize()
        for row in session.scalars(select(Intent).where(Intent.outcome.in_(("form", "article", "hand_off"))))
    }
    first = and_(Suggestion.suggestion_set_id == SuggestionSet.id, Suggestion.rank == 0, Suggestion.internal.is_(False))
    query = (
        select(Message, Turn, Suggestion)
        .join(Turn, and_(Turn.message_id == Message.id, Turn.state == "done"))
        .outerjoin(SuggestionSet, SuggestionSet.message_id == Message.id)
        .outerjoin(Suggestion, first)
        .where(Message.sender == "customer", Message.button_id.is_(None))
        .where(Message.created_at >= period.start, Message.created_at < period.end)
        .order_by(Message.created_at, Message.id)
    )
    known: list[Asked] = []
    unknown: list[tuple[Message, Turn]] = []
    chats: list[set[str]] = [set() for _ in range(count)]
    for message, turn, top in session.execute(query):
        week = _week(message, period)
        chats[week].add(message.conversation_id)
        topic = _topic(message, turn, top, topical)
        if topic is not None:
            known.append(_asked(message, turn, topic, week))
        elif message.outcome in UNMET:
            unknown.append((message, turn))
    return _Told(known, unknown[-MOST_UNKNOWN:], [len(found) for found in chats])


def _topic(message: Message, turn: Turn, top: Suggestion | None, topical: dict[str, str]) -> Topic | None:
    if turn.intent in topical and message.outcome != "answer":
        return Topic("intent", turn.intent or "", topical[turn.intent or ""])
    if top is not None and top.confidence >= LOW_CONFIDENCE and message.outcome != "response":
        return Topic("article", top.article_id, top.title)
    return None


def _by_meaning(unknown: Sequence[tuple[Message, Turn]], vectors: Vectors, period: Period) -> list[Asked]:
    found = [Candidate(message, (), turn, None, None, None, (), (), {}) for message, turn in unknown]
    asked = []
    for cluster in clusters(found, vectors):
        typical = cluster.candidates[0].message
        topic = Topic("meaning", typical.id, masked(" ".join(typical.text.split()))[:LONGEST_TITLE])
        for one in cluster.candidates:
            assert one.turn is not None
            asked.append(_asked(one.message, one.turn, topic, _week(one.message, period)))
    return asked


def _asked(message: Message, turn: Turn, topic: Topic, week: int) -> Asked:
    unhappy = (turn.frustration or 0.0) >= ANGER_AT
    return Asked(message.conversation_id, message.id, week, topic, message.text, unhappy)


def _week(message: Message, period: Period) -> int:
    return min(int((message.created_at - period.start).days // WEEK), period.days // WEEK - 1)
