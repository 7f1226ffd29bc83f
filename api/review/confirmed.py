"""Confirmed pairs: labelled questions that search is to learn from, once that has been shown to help.

A label that agrees with what an agent's or the bot's answer record says confirms its pair. The question waits
(`WAITING`) until an index that learns it answers more labelled questions rightly than one that does not; then it is one
of the phrasings (`TAUGHT`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.articles.catalogue import current_articles
from api.review.questions import remove_question, save_question
from api.store.tables import KnowledgeBase, Label, LabelledQuestion
from api.worker.jobs import enqueue
from api.worker.phrasings import TAUGHT, WAITING


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed pair, and whether search learns from it."""

    row: LabelledQuestion
    article_id: str
    title: str | None  # None when customers cannot read the article any more
    label: Label

    @property
    def waits(self) -> bool:
        """Whether it is kept out of the ranking."""
        return self.row.split == WAITING


def confirm_pair(session: Session, label: Label, kb: str, question: str, *, by: str) -> LabelledQuestion:
    """Keep what a label confirmed as a labelled question; the next index weighs whether to learn from it.

    Args:
        session: the transaction.
        label: names the article.
        kb: the knowledge base.
        question: what the customer wrote, without personal data.
        by: the actor.
    """
    row = LabelledQuestion(
        kb=kb,
        text=question,
        history=[],
        article_ids=[label.article_id],
        split=WAITING,
        tags=[],
        source=source_of(label),
        created_at=label.created_at,
    )
    save_question(session, row, by=by, now=label.created_at)
    enqueue(session, "index", {"kb": kb}, requested_by=by, now=label.created_at)
    return row


def take_back_pairs(session: Session, labels: Iterable[Label], *, by: str, now: datetime) -> None:
    """Take out the questions that labels confirmed; an index that learnt one is built anew."""
    rows = session.scalars(select(LabelledQuestion).where(LabelledQuestion.source.in_(map(source_of, labels)))).all()
    for row in rows:
        remove_question(session, row, by=by, now=now)
    for kb in sorted({row.kb for row in rows if row.split == TAUGHT}):
        enqueue(session, "index", {"kb": kb}, requested_by=by, now=now)


def confirmed_pairs(session: Session, kb: str) -> Sequence[Confirmed]:
    """Return the confirmed pairs of a knowledge base: first those that wait, each kind newest first."""
    titles = {row.article_id: row.title for row in current_articles(session, kb, audience="public")}
    rows = session.execute(
        select(LabelledQuestion, Label)
        .join(Label, LabelledQuestion.source == "label:" + Label.id)
        .where(LabelledQuestion.kb == kb, LabelledQuestion.split.in_((WAITING, TAUGHT)))
        .order_by(LabelledQuestion.split.desc(), LabelledQuestion.created_at.desc(), LabelledQuestion.id)
    )
    found = []
    for row, label in rows:
        article = str(next(iter(row.article_ids or ()), ""))
        found.append(Confirmed(row, article, titles.get(article), label))
    return found


def last_measured(session: Session, kb: str) -> dict[str, Any] | None:
    """Return what the worker found when it last weighed the waiting pairs; None when it never did."""
    base = session.get(KnowledgeBase, kb)
    return base.learning if base is not None else None


def source_of(label: Label) -> str:
    """Return what a row says that a label made it."""
    return f"label:{label.id}"
