"""What a drafted article would answer, as predicted by replay, and what it did answer once it was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import Article, ArticleVersion, Audit, Job, Message, Suggestion, SuggestionFeedback, SuggestionSet
from api.suggestions.promise import judged_wrong

KIND = "payoff"
WATCHED = timedelta(days=14)
PUBLISHING = ("publish_article", "save_article")
MOST_LISTED = 30


@dataclass(frozen=True, slots=True)
class Real:
    """What an article answered since it was published."""

    published_at: datetime
    days: float  # of the fourteen that have passed
    answered: int  # questions the bot answered with it
    rejected: int
    predicted: float  # for as many days

    @property
    def settled(self) -> bool:
        """Whether the two weeks are over."""
        return self.days >= WATCHED.days


@dataclass(frozen=True, slots=True)
class Payoff:
    """One prediction, and what became of it."""

    job: Job
    title: str
    real: Real | None  # None until the article is published

    @property
    def predicted(self) -> dict[str, Any] | None:
        """What the replay found; None until it is done."""
        return self.job.outcome if self.job.state == "done" else None


def payoffs(session: Session, *, now: datetime) -> list[Payoff]:
    """Return the newest prediction of each article, newest first."""
    newest: dict[tuple[str, str], Job] = {}
    for job in session.scalars(select(Job).where(Job.kind == KIND).order_by(Job.created_at.desc(), Job.id)):
        newest.setdefault((job.arguments["kb"], job.arguments["article_id"]), job)
    return [_payoff(session, job, now) for job in list(newest.values())[:MOST_LISTED]]


def _payoff(session: Session, job: Job, now: datetime) -> Payoff:
    kb, article_id = job.arguments["kb"], job.arguments["article_id"]
    article = session.get(Article, (kb, article_id))
    version = (article.draft or article.version) if article else 0
    wording = session.get(ArticleVersion, (kb, article_id, version))
    published = published_at(session, kb, article_id, after=job.created_at)
    real = None
    if published is not None and job.state == "done":
        outcome = job.outcome or {}
        real = real_payoff(session, (kb, article_id), published, a_day=outcome["gained"] / outcome["days"], now=now)
    return Payoff(job, wording.title if wording else article_id, real)


def published_at(session: Session, kb: str, article_id: str, *, after: datetime) -> datetime | None:
    """Return when an article was published first after a moment, by the audit log; None when it was not."""
    deeds = session.scalars(
        select(Audit)
        .where(Audit.action.in_(PUBLISHING), Audit.subject == article_id, Audit.at >= after, Audit.successful)
        .order_by(Audit.at, Audit.id)
    )
    return next((deed.at for deed in deeds if (deed.details or {}).get("kb") == kb), None)


def real_payoff(session: Session, key: tuple[str, str], published: datetime, *, a_day: float, now: datetime) -> Real:
    """Count what the bot answered with an article in the two weeks after its publishing.

    Args:
        session: to read with.
        key: knowledge base and article id.
        published: when.
        a_day: questions a day that were predicted.
        now: when the two weeks are not over yet, they are counted up to here.
    """
    until = min(now, published + WATCHED)
    said = session.execute(
        select(Suggestion.id, SuggestionSet.message_id)
        .join(SuggestionSet, SuggestionSet.id == Suggestion.suggestion_set_id)
        .join(Message, Message.suggestion_id == Suggestion.id)
        .where(Message.sender == "bot", Message.created_at >= published, Message.created_at < until)
        .where(SuggestionSet.kb == key[0], Suggestion.article_id == key[1])
    ).all()
    days = (until - published) / timedelta(days=1)
    return Real(
        published, days, len({row[1] for row in said}), _rejected(session, [row[0] for row in said]), a_day * days
    )


def _rejected(session: Session, suggestion_ids: Sequence[str]) -> int:
    query = select(SuggestionFeedback).where(SuggestionFeedback.suggestion_id.in_(suggestion_ids))
    return len({one.suggestion_id for one in session.scalars(query) if judged_wrong(one.helpful, one.correct)})
