"""Labelled questions and what they were: every change is a version, so that a day can be looked at as it was.

`labelled_question` holds what stands. What is taken out leaves only its versions, and can come back from any of them.
Questions that nobody has touched since the first import have no stored version: their row is the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from api.store.tables import LabelledQuestion, QuestionVersion
from api.worker.jobs import enqueue
from api.worker.phrasings import TAUGHT, WAITING

READ_BY_SEARCH = (TAUGHT, WAITING)  # splits that an index is built with, or weighed with


@dataclass(frozen=True, slots=True)
class Facts:
    """What a question says."""

    text: str
    history: Sequence[Mapping[str, Any]]
    article_ids: Sequence[str]
    gold_text: str | None
    split: str
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class Relearnt:
    """A wording by which search came to find an article, or ceased to.

    Attributes:
        question_id: the question.
        article_id: the article.
        text: the wording, without personal data.
        taught: whether search knows it now.
        at: since when.
        by: the actor; None for the first import.
    """

    question_id: str
    article_id: str
    text: str
    taught: bool
    at: datetime
    by: str | None


def save_question(session: Session, wanted: LabelledQuestion, *, by: str, now: datetime) -> bool:
    """Add a question, change it, or bring one back that was taken out; False when it stands just so.

    Args:
        session: the transaction.
        wanted: a row that is in no session yet; what stands under its id keeps where it came from and since when.
        by: the actor.
        now: aware.
    """
    row = session.get(LabelledQuestion, wanted.id) if wanted.id else None
    if row is None:
        session.add(wanted)
        session.flush()
        _keep(session, wanted, by, now)
        return True
    if facts_of(row) == facts_of(wanted):
        return False
    _keep_first(session, row)
    for name, value in asdict(facts_of(wanted)).items():
        setattr(row, name, value)
    _keep(session, row, by, now)
    return True


def move_questions(session: Session, rows: Iterable[LabelledQuestion], split: str, *, by: str, now: datetime) -> None:
    """Put questions into another split."""
    for row in rows:
        _keep_first(session, row)
        row.split = split
        _keep(session, row, by, now)


def remove_question(session: Session, row: LabelledQuestion, *, by: str, now: datetime) -> None:
    """Take a question out; its versions stay."""
    _keep_first(session, row)
    _keep(session, row, by, now, deleted=True)
    session.delete(row)
    session.flush()


def restore_question(session: Session, version: QuestionVersion, *, by: str, now: datetime) -> bool:
    """Make a question say again what it said in one of its versions; False when it does."""
    wanted = LabelledQuestion(
        id=version.question_id,
        kb=version.kb,
        **asdict(facts_of(version)),
        source=version.source,
        created_at=now,
    )
    return save_question(session, wanted, by=by, now=now)


def index_again(session: Session, kb: str, splits: Iterable[str], *, by: str, now: datetime) -> None:
    """Have the index built anew where it reads what changed."""
    if set(splits) & set(READ_BY_SEARCH):
        enqueue(session, "index", {"kb": kb}, requested_by=by, now=now)


def versions_of(session: Session, question_id: str) -> Sequence[QuestionVersion]:
    """Return what a question was, newest first; one that nobody has changed has a single version, not stored."""
    kept = select(QuestionVersion).where(QuestionVersion.question_id == question_id)
    stored = session.scalars(kept.order_by(QuestionVersion.version.desc())).all()
    row = None if stored else session.get(LabelledQuestion, question_id)
    return [_version(row, 1, None, row.created_at)] if row is not None else stored


def those_taken_out(kb: str) -> Any:
    """Return the query for the last versions of the questions that stand no more."""
    later = QuestionVersion.__table__.alias("later")
    return (
        select(QuestionVersion)
        .where(QuestionVersion.kb == kb, QuestionVersion.deleted)
        .where(~exists().where(LabelledQuestion.id == QuestionVersion.question_id))
        .where(
            ~exists().where(
                later.c.question_id == QuestionVersion.question_id, later.c.version > QuestionVersion.version
            )
        )
    )


def questions_at(session: Session, kb: str, at: datetime) -> list[QuestionVersion]:
    """Return the questions of a knowledge base as they stood at a moment, by id."""
    kept = session.scalars(
        select(QuestionVersion)
        .where(QuestionVersion.kb == kb)
        .order_by(QuestionVersion.question_id, QuestionVersion.version.desc())
    )
    histories = {name: list(versions) for name, versions in groupby(kept, key=lambda one: one.question_id)}
    untouched = session.scalars(select(LabelledQuestion).where(LabelledQuestion.kb == kb))
    for row in untouched:
        histories.setdefault(row.id, [_version(row, 1, None, row.created_at)])
    then = (next((one for one in histories[name] if one.created_at <= at), None) for name in sorted(histories))
    return [one for one in then if one is not None and not one.deleted]


def relearnt_since(session: Session, kb: str, article_ids: Iterable[str], at: datetime) -> list[Relearnt]:
    """Return by which wordings search came to find articles since a moment, or ceased to; latest change first."""
    wanted = set(article_ids)
    rows = session.scalars(select(LabelledQuestion).where(LabelledQuestion.kb == kb, LabelledQuestion.split == TAUGHT))
    standing = {(row.id, article): row.text for row in rows for article in wanted & set(row.article_ids or ())}
    then = {
        (one.question_id, article): one.text
        for one in questions_at(session, kb, at)
        if one.split == TAUGHT
        for article in wanted & set(one.article_ids or ())
    }
    found = []
    for question_id, article in then.keys() ^ standing.keys():
        key = (question_id, article)
        latest = versions_of(session, question_id)[0]
        text = standing[key] if key in standing else then[key]
        found.append(Relearnt(question_id, article, text, key in standing, latest.created_at, latest.created_by))
    return sorted(found, key=lambda one: (one.at, one.question_id), reverse=True)


def facts_of(row: LabelledQuestion | QuestionVersion) -> Facts:
    """Return what a row, or one of its versions, says."""
    return Facts(
        row.text, list(row.history or ()), list(row.article_ids or ()), row.gold_text, row.split, list(row.tags or ())
    )


def _keep_first(session: Session, row: LabelledQuestion) -> None:
    """Keep what a question was set up as, before its first change."""
    if session.get(QuestionVersion, (row.id, 1)) is None:
        session.add(_version(row, 1, None, row.created_at))
        session.flush()


def _keep(session: Session, row: LabelledQuestion, by: str, now: datetime, *, deleted: bool = False) -> None:
    newest = select(func.max(QuestionVersion.version)).where(QuestionVersion.question_id == row.id)
    version = _version(row, (session.scalar(newest) or 0) + 1, by, now)
    version.deleted = deleted
    session.add(version)
    session.flush()


def _version(row: LabelledQuestion, version: int, by: str | None, at: datetime) -> QuestionVersion:
    return QuestionVersion(
        question_id=row.id,
        version=version,
        kb=row.kb,
        **asdict(facts_of(row)),
        source=row.source,
        deleted=False,
        created_at=at,
        created_by=by,
    )
