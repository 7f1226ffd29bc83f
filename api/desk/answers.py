"""Answers that agents take from suggestions, noted as such: what was sent is the best sign of what was right."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import not_found
from api.security.callers import Staff
from api.store.tables import Suggestion, SuggestionFeedback, SuggestionSet
from api.suggestions.sets import tell_feedback

WORD = re.compile(r"\w+(?:['\u2019-]\w+)*")


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """What agents did with the suggestions of one article."""

    article_id: str
    title: str
    displayed: int
    clicked: int
    copied: int
    sent: int
    edited: float | None  # mean share of the answer that was changed before it was sent; None while none was sent
    dismissed: Mapping[str, int]  # how often, by reason; "" for none given
    correct: Mapping[str, int]  # fully | partly | wrong


def check_suggestion(session: Session, suggestion_id: str, conversation_id: str, staff: Staff) -> None:
    """Refuse a suggestion that was made neither for this conversation nor for a question of this agent.

    Raises:
        ApiError: 404.
    """
    found = session.scalar(
        select(SuggestionSet)
        .join(Suggestion, Suggestion.suggestion_set_id == SuggestionSet.id)
        .where(Suggestion.id == suggestion_id)
    )
    if found is None or (found.conversation_id != conversation_id and found.asked_by != staff.agent_id):
        raise not_found("This suggestion")


def note_sent(session: Session, suggestion_id: str, staff: Staff, text: str, *, now: datetime) -> None:
    """Note that an agent sent a suggestion, in which words, and how much of the answer these changed."""
    feedback = session.scalar(
        select(SuggestionFeedback).where(
            SuggestionFeedback.suggestion_id == suggestion_id, SuggestionFeedback.caller == staff.actor
        )
    )
    if feedback is None:
        feedback = SuggestionFeedback(suggestion_id=suggestion_id, caller=staff.actor, updated_at=now)
        session.add(feedback)
    feedback.sent, feedback.sent_text, feedback.updated_at = True, text, now
    feedback.edited = share_changed(session.get_one(Suggestion, suggestion_id).answer, text)
    session.flush()
    tell_feedback(session, suggestion_id, staff.actor, {"sent": True, "sent_text": text}, at=now)


def share_changed(answer: str, sent: str) -> float:
    """Return the share of an answer's words that did not go out, in [0, 1]; a greeting round it changes nothing."""
    given, gone = [WORD.findall(text.casefold()) for text in (answer, sent)]
    if not given:
        return 0.0
    kept = sum(block.size for block in SequenceMatcher(None, given, gone, autojunk=False).get_matching_blocks())
    return 1 - kept / len(given)


def answer_records(session: Session, kb: str, *, since: datetime) -> list[ArticleRecord]:
    """Return what agents did with the suggestions of each article, the most often sent first."""
    rows = session.execute(
        select(Suggestion.article_id, Suggestion.title, SuggestionFeedback)
        .join(SuggestionSet, SuggestionSet.id == Suggestion.suggestion_set_id)
        .join(SuggestionFeedback, SuggestionFeedback.suggestion_id == Suggestion.id)
        .where(
            SuggestionSet.kb == kb,
            SuggestionFeedback.updated_at >= since,
            SuggestionFeedback.caller.startswith("agent:"),
        )
        .order_by(SuggestionFeedback.updated_at)
    )
    by_article: dict[str, list[SuggestionFeedback]] = defaultdict(list)
    titles: dict[str, str] = {}
    for row in rows:
        by_article[row.article_id].append(row.SuggestionFeedback)
        titles[row.article_id] = row.title  # the newest one
    records = [_record(article, titles[article], given) for article, given in by_article.items()]
    return sorted(records, key=lambda one: (-one.sent, -one.displayed, one.article_id))


def _record(article_id: str, title: str, given: Sequence[SuggestionFeedback]) -> ArticleRecord:
    edited = [one.edited for one in given if one.sent and one.edited is not None]
    return ArticleRecord(
        article_id=article_id,
        title=title,
        displayed=sum(bool(one.displayed) for one in given),
        clicked=sum(bool(one.clicked) for one in given),
        copied=sum(bool(one.copied) for one in given),
        sent=sum(bool(one.sent) for one in given),
        edited=sum(edited) / len(edited) if edited else None,
        dismissed=Counter(one.dismissed_why or "" for one in given if one.dismissed),
        correct=Counter(one.correct for one in given if one.correct),
    )
