"""Knowledge: articles in all their wordings, and questions with the articles that answer them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import RowNumber
from api.store.ids import new_id
from api.store.tables.base import MAYBE_JSON, Json, Table, key


class KnowledgeBase(Table):
    """A set of articles searched together."""

    __tablename__ = "knowledge_base"

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    kb_version: Mapped[str | None] = mapped_column(default=None)  # of the last index built
    learning: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)  # how the waiting pairs did
    created_at: Mapped[datetime]


class Article(Table):
    """An article by its slug; what it says is in `article_version`."""

    __tablename__ = "article"

    kb: Mapped[str] = mapped_column(ForeignKey("knowledge_base.slug", ondelete="CASCADE"), primary_key=True)
    article_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)  # the one that counts; 0 while nothing is published
    draft: Mapped[int | None] = mapped_column(default=None)  # a later wording that is not published yet
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class ArticleVersion(Table):
    """One wording of an article. Rows are added, never changed."""

    __tablename__ = "article_version"

    kb: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]  # Markdown
    questions: Mapped[Json] = mapped_column(JSON, default=list)
    audience: Mapped[str] = mapped_column(String(8), default="public")  # public | internal
    category: Mapped[str] = mapped_column(default="")
    updated: Mapped[str | None] = mapped_column(String(10), default=None)  # ISO date
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(default=None)


class ArticleSource(Table):
    """A website that articles come from, fetched again by itself."""

    __tablename__ = "article_source"

    id: Mapped[str] = key()
    kb: Mapped[str] = mapped_column(ForeignKey("knowledge_base.slug", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))  # page | sitemap
    url: Mapped[str]
    every_h: Mapped[int] = mapped_column(default=0)  # hours between two fetches; 0 for never
    publish: Mapped[bool] = mapped_column(default=False)  # whether changes are published, or wait as drafts
    active: Mapped[bool] = mapped_column(default=False)  # once its first import was applied
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(default=None)
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    last_at: Mapped[datetime | None] = mapped_column(default=None)
    last: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)  # what came of the last fetch


class ArticlePage(Table):
    """A page of a source, and the article made of it."""

    __tablename__ = "article_page"

    source_id: Mapped[str] = mapped_column(
        String(22), ForeignKey("article_source.id", ondelete="CASCADE"), primary_key=True
    )
    url: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str]
    taken: Mapped[bool] = mapped_column(default=True)  # False: left out when it was first seen
    digest: Mapped[str] = mapped_column(String(64))  # of what it said when it was last taken
    version: Mapped[int | None] = mapped_column(default=None)  # of the article, as the page was written to it
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None] = mapped_column(default=None)  # since when the website has it no more


class ArticleFeedback(Table):
    """One press on 'was this helpful' under an article."""

    __tablename__ = "article_feedback"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    kb: Mapped[str]
    article_id: Mapped[str] = mapped_column(index=True)
    helpful: Mapped[bool]
    created_at: Mapped[datetime]


class LabelledQuestion(Table):
    """A question with the articles that answer it ([] for one that none answers); `question_version` keeps what it was.

    What is taken out has no row here any more, only its versions.
    """

    __tablename__ = "labelled_question"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kb: Mapped[str] = mapped_column(default="main", index=True)
    text: Mapped[str]
    history: Mapped[Json] = mapped_column(JSON, default=list)
    article_ids: Mapped[Json] = mapped_column(JSON, default=list)
    gold_text: Mapped[str | None] = mapped_column(default=None)
    split: Mapped[str] = mapped_column(String(8), default="dev")  # dev | test | taught | waiting
    tags: Mapped[Json] = mapped_column(JSON, default=list)
    source: Mapped[str] = mapped_column(default="seed")  # seed | import | label:<id>
    created_at: Mapped[datetime]


class QuestionVersion(Table):
    """A labelled question as it was from one moment on. Rows are added, never changed; an erasure removes them."""

    __tablename__ = "question_version"

    question_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    kb: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    history: Mapped[Json] = mapped_column(JSON, default=list)
    article_ids: Mapped[Json] = mapped_column(JSON, default=list)
    gold_text: Mapped[str | None] = mapped_column(default=None)
    split: Mapped[str] = mapped_column(String(8))
    tags: Mapped[Json] = mapped_column(JSON, default=list)
    source: Mapped[str] = mapped_column(index=True)
    deleted: Mapped[bool] = mapped_column(default=False)  # taken out; the rest is what it was until then
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(default=None)


class SynonymList(Table):
    """One wording of a knowledge base's list of synonyms, the newest counts. Rows are added, never changed."""

    __tablename__ = "synonym_list"

    kb: Mapped[str] = mapped_column(ForeignKey("knowledge_base.slug", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    entries: Mapped[Json] = mapped_column(JSON, default=list)  # [{"said", "means"}]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(default=None)
