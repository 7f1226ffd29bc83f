"""Which articles nobody has looked after for long, and which no question has needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.store.tables import ArticleVersion, Suggestion, SuggestionSet

STALE_DAYS = 365  # since somebody last wrote to it: prices and terms seldom stand longer
UNUSED_DAYS = 90
LEAST_QUESTIONS = 50  # of customers in that time; of fewer, no article can be expected to have been needed


def stale(articles: Iterable[ArticleVersion], now: datetime) -> set[str]:
    """Return the ids of articles that were last updated more than a year ago."""
    before = now.date() - timedelta(days=STALE_DAYS)
    return {one.article_id for one in articles if (_updated(one) or one.created_at.date()) < before}


def unused(session: Session, kb: str, articles: Iterable[ArticleVersion], now: datetime) -> set[str]:
    """Return the ids of articles that were the first suggestion for no customer's question lately.

    Internal articles count by the list agents see. An article younger than the time looked at is not judged; nor is
    any while there were too few questions.
    """
    since = now - timedelta(days=UNUSED_DAYS)
    asked = (SuggestionSet.kb == kb, SuggestionSet.message_id.is_not(None), SuggestionSet.created_at >= since)
    if (session.scalar(select(func.count()).select_from(SuggestionSet).where(*asked)) or 0) < LEAST_QUESTIONS:
        return set()
    needed = set(
        session.scalars(
            select(Suggestion.article_id)
            .join(SuggestionSet, SuggestionSet.id == Suggestion.suggestion_set_id)
            .where(*asked, Suggestion.rank == 0)
            .distinct()
        )
    )
    return {one.article_id for one in articles if one.article_id not in needed and one.created_at < since}


def _updated(article: ArticleVersion) -> date | None:
    return None if article.updated is None else date.fromisoformat(article.updated)
