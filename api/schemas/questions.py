"""Labelled questions as administrators see them: what stands, what was taken out, and what each was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.review.questions import Relearnt
from api.schemas.people import Request
from api.store.tables import LabelledQuestion, QuestionVersion


class QuestionRow(BaseModel):
    """A labelled question, standing or taken out."""

    question_id: str
    text: str
    article_ids: list[str] = Field(description="the articles that answer it; none for a question that none answers")
    split: str = Field(description="dev | test | taught | waiting")
    source: str = Field(description="seed | import | label:<id>")
    created_at: datetime
    gone_at: datetime | None = None
    gone_by: str | None = None

    @classmethod
    def of(cls, row: LabelledQuestion) -> QuestionRow:
        """Show one that stands."""
        return cls(question_id=row.id, created_at=row.created_at, **_words(row))

    @classmethod
    def of_gone(cls, version: QuestionVersion, names: Mapping[str, str]) -> QuestionRow:
        """Show one that was taken out, by its last version."""
        at = version.created_at
        by = _named(version.created_by, names)
        return cls(question_id=version.question_id, created_at=at, gone_at=at, gone_by=by, **_words(version))


class QuestionRows(BaseModel):
    """The newest labelled questions that were asked for."""

    questions: list[QuestionRow]
    truncated: bool


class QuestionVersionView(BaseModel):
    """A labelled question as it was from one moment on."""

    version: int
    text: str
    article_ids: list[str]
    split: str
    source: str
    deleted: bool = Field(description="taken out; the rest is what it was until then")
    at: datetime
    by: str | None = Field(description="a person's name, or `worker`; null for the first import")

    @classmethod
    def of(cls, row: QuestionVersion, names: Mapping[str, str]) -> QuestionVersionView:
        """Show a version."""
        by = _named(row.created_by, names)
        return cls(version=row.version, deleted=row.deleted, at=row.created_at, by=by, **_words(row))


class QuestionVersions(BaseModel):
    """What a labelled question was, newest first."""

    question_id: str
    stands: bool
    versions: list[QuestionVersionView]


class QuestionRestore(Request):
    """The version that is to count again."""

    version: int = Field(ge=1)


class RelearntView(BaseModel):
    """A wording by which search came to find an article after a moment, or ceased to."""

    question_id: str
    article_id: str
    text: str
    taught: bool
    at: datetime
    by: str | None

    @classmethod
    def of(cls, one: Relearnt, names: Mapping[str, str]) -> RelearntView:
        """Show one."""
        return cls(
            question_id=one.question_id,
            article_id=one.article_id,
            text=one.text,
            taught=one.taught,
            at=one.at,
            by=_named(one.by, names),
        )


def _words(row: LabelledQuestion | QuestionVersion) -> dict[str, Any]:
    articles = [str(one) for one in row.article_ids or ()]
    return {"text": row.text, "article_ids": articles, "split": row.split, "source": row.source}


def _named(actor: str | None, names: Mapping[str, str]) -> str | None:
    return names.get(actor or "", actor)
