"""Reads conversations from the store into cases: a few queries for some hundred of them at a time, no text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.insight.cases import Case, Line, Mood, Offered, Stay
from api.insight.period import Period
from api.store.tables import Conversation, HandOff, Message, Suggestion, SuggestionFeedback, SuggestionSet, Turn
from api.suggestions.promise import judged_wrong, verdict

AT_ONCE = 500  # conversations; their ids stand in the queries


def read_cases(session: Session, period: Period) -> list[Case]:
    """Return the conversations that began in a period and in which the customer wrote something, oldest first."""
    asked = select(Message.conversation_id).where(Message.sender == "customer")
    rows = session.scalars(
        select(Conversation)
        .where(Conversation.created_at >= period.start, Conversation.created_at < period.end)
        .where(Conversation.id.in_(asked))
        .order_by(Conversation.created_at, Conversation.id)
    ).all()
    return [case for first in range(0, len(rows), AT_ONCE) for case in cases_of(session, rows[first : first + AT_ONCE])]


def cases_of(session: Session, rows: Sequence[Conversation]) -> Iterator[Case]:
    """Return conversations as cases, in their order; at most `AT_ONCE` of them."""
    ids = [row.id for row in rows]
    lines, moods, stays = _lines(session, ids), _moods(session, ids), _stays(session, ids)
    offered, visits = _offered(session, ids), _visits(session, rows)
    for row in rows:
        key = customer_key(row)
        yield Case(
            conversation_id=row.id,
            created_at=row.created_at,
            last_at=row.last_message_at,
            closed=row.owner == "closed",
            lines=tuple(lines[row.id]),
            moods=tuple(moods[row.id]),
            stays=tuple(stays[row.id]),
            offered=tuple(offered[row.id]),
            stars=row.stars,
            customer=key,
            others=tuple(at for visit, at in visits[key] if visit != row.id) if key else (),
        )


def customer_key(row: Conversation) -> str | None:
    """Return what tells that two conversations are of one customer; None for somebody unknown."""
    if row.verified and row.customer_sub:
        return f"sub:{row.customer_sub}"
    return f"mail:{row.customer_email.casefold()}" if row.customer_email else None


def _lines(session: Session, ids: Sequence[str]) -> dict[str, list[Line]]:
    query = select(
        Message.conversation_id, Message.id, Message.sender, Message.created_at, Message.outcome, Message.suggestion_id
    )
    found: dict[str, list[Line]] = defaultdict(list)
    for of, message_id, sender, at, outcome, taken_from in session.execute(
        query.where(Message.conversation_id.in_(ids)).order_by(Message.seq)
    ):
        found[of].append(Line(message_id, sender, at, outcome, taken_from))
    return found


def _moods(session: Session, ids: Sequence[str]) -> dict[str, list[Mood]]:
    query = (
        select(Turn.conversation_id, Turn.message_id, Turn.frustration)
        .join(Message, Message.id == Turn.message_id)
        .where(Turn.conversation_id.in_(ids), Turn.state == "done", Turn.frustration.is_not(None))
        .where(Message.sender == "customer")
        .order_by(Turn.number)
    )
    found: dict[str, list[Mood]] = defaultdict(list)
    for of, message_id, score in session.execute(query):
        found[of].append(Mood(message_id, score or 0.0))
    return found


def _stays(session: Session, ids: Sequence[str]) -> dict[str, list[Stay]]:
    query = select(HandOff).where(HandOff.conversation_id.in_(ids)).order_by(HandOff.requested_at, HandOff.id)
    found: dict[str, list[Stay]] = defaultdict(list)
    for row in session.scalars(query):
        left = row.ended_as == "left" and row.taken_at is None
        reasons = tuple(row.reason_codes or ())
        stay = Stay(row.message_id, reasons, row.requested_at, row.taken_at, row.ended_at, left)
        found[row.conversation_id].append(stay)
    return found


def _offered(session: Session, ids: Sequence[str]) -> dict[str, list[Offered]]:
    """Return the suggestions that were said by the bot, or seen by an agent."""
    said_by_bot = select(Message.suggestion_id).where(Message.conversation_id.in_(ids), Message.sender == "bot")
    in_sets = select(Suggestion.id).join(SuggestionSet).where(SuggestionSet.conversation_id.in_(ids))
    feedback: dict[str, list[SuggestionFeedback]] = defaultdict(list)
    for row in session.scalars(select(SuggestionFeedback).where(SuggestionFeedback.suggestion_id.in_(in_sets))):
        feedback[row.suggestion_id].append(row)
    query = (
        select(Suggestion, SuggestionSet)
        .join(SuggestionSet)
        .where(SuggestionSet.conversation_id.in_(ids))
        .where(or_(Suggestion.id.in_(said_by_bot), Suggestion.id.in_(list(feedback))))
        .order_by(SuggestionSet.created_at, Suggestion.rank)
    )
    found: dict[str, list[Offered]] = defaultdict(list)
    for suggestion, asked in session.execute(query):
        found[asked.conversation_id or ""].append(_one_offered(suggestion, asked, feedback[suggestion.id]))
    return found


def _one_offered(suggestion: Suggestion, asked: SuggestionSet, said: Sequence[SuggestionFeedback]) -> Offered:
    judgements = [
        (one.caller == "customer", wrong)
        for one in said
        if (wrong := judged_wrong(one.helpful, one.correct)) is not None
    ]
    agents = [one for one in said if one.caller != "customer"]
    return Offered(
        suggestion_id=suggestion.id,
        set_id=asked.id,
        message_id=asked.message_id,
        article_id=suggestion.article_id,
        title=suggestion.title,
        wrong=verdict(judgements) if judgements else None,
        helped=any(one.helpful for one in said if one.caller == "customer"),
        displayed=any(one.displayed for one in agents),
        sent=any(one.sent for one in agents),
        reworded=any(one.sent and one.sent_text not in (None, suggestion.answer) for one in agents),
        dismissed=any(one.dismissed for one in agents),
    )


def _visits(session: Session, rows: Sequence[Conversation]) -> dict[str | None, list[tuple[str, datetime]]]:
    """Return when each known customer's conversations began, whenever that was."""
    subs = {row.customer_sub for row in rows if row.verified and row.customer_sub}
    mails = {row.customer_email.casefold() for row in rows if row.customer_email}
    found: dict[str | None, list[tuple[str, datetime]]] = defaultdict(list)
    if subs or mails:
        theirs = or_(Conversation.customer_sub.in_(subs), func.lower(Conversation.customer_email).in_(mails))
        for row in session.scalars(select(Conversation).where(theirs, Conversation.next_seq > 1)):
            found[customer_key(row)].append((row.id, row.created_at))
    return found
