"""Articles as administrators edit them and agents find them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.articles.imports import Planned
from api.conversations.transcript import article_url
from api.schemas.people import Request
from api.store.tables import ArticleVersion

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ArticleText(Request):
    """What an article shall say."""

    title: Title
    body: Annotated[str, Field(max_length=200_000)]
    questions: Annotated[tuple[Question, ...], Field(max_length=500)] = ()
    audience: Literal["public", "internal"] = "public"
    category: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    version: Annotated[int, Field(ge=0)] | None = None  # the version the writer saw; refused when another counts by now
    kb: str | None = None  # the query parameter of the same name says the same
    draft: bool = False  # keep it for administrators until it is published


class ArticleRow(BaseModel):
    """An article in a list."""

    article_id: str
    kb: str
    title: str
    category: str
    audience: Literal["public", "internal"]
    updated: str | None
    version: int
    url: str
    state: Literal["published", "draft", "changed"] = "published"  # changed: published, with a later draft
    stale: bool = False  # nobody has written to it for a year
    unused: bool = False  # the first suggestion for no customer's question in three months

    @classmethod
    def of(cls, article: ArticleVersion, state: Literal["published", "draft", "changed"] = "published") -> ArticleRow:
        """Show a wording without its text."""
        return cls(
            article_id=article.article_id,
            kb=article.kb,
            title=article.title,
            category=article.category,
            audience="internal" if article.audience == "internal" else "public",
            updated=article.updated,
            version=article.version,
            url=article_url(article.article_id, article.kb),
            state=state,
        )


class ArticleList(BaseModel):
    """Articles by title."""

    articles: list[ArticleRow]


class ArticlePreview(Request):
    """A text to be shown as its page would show it."""

    body: Annotated[str, Field(max_length=200_000)]


class ArticleShown(BaseModel):
    """A text as its page shows it."""

    html: str  # cleaned against an allow-list
    nodes: list[Any]  # the same as plain values: text, or {"tag", "attributes", "children"}


class ArticleEdit(BaseModel):
    """One earlier wording: when it came and who wrote it."""

    version: int
    title: str
    created_at: datetime
    created_by: str | None
    by: str | None = None  # name of who wrote it


class ArticleWording(BaseModel):
    """One wording of an article, in full."""

    version: int
    title: str
    body: str
    questions: list[str]
    created_at: datetime


class ArticleFull(ArticleRow):
    """An article with its text and history, newest first."""

    body: str
    questions: list[str]
    versions: list[ArticleEdit]
    published: int | None = None  # the version customers read; None while nothing is published


class FoundArticle(ArticleRow):
    """An article found for a search, with the sentences that matched best."""

    answer: str
    similarity: float
    confidence: float


class FoundArticles(BaseModel):
    """What a search of the knowledge base gave, best first."""

    articles: list[FoundArticle]


class ImportRow(BaseModel):
    """One article of an import, and what it would change."""

    article_id: str
    title: str
    change: Literal["new", "changed", "same"]
    diff: str

    @classmethod
    def of(cls, one: Planned) -> ImportRow:
        """Show what is planned."""
        return cls(article_id=one.article_id, title=one.wording.title, change=one.change, diff=one.diff)


class NotRead(BaseModel):
    """A file of an import that was not read."""

    name: str
    why: str


class ImportPreview(BaseModel):
    """What importing would change; nothing is written yet."""

    import_id: str
    kb: str
    articles: list[ImportRow]
    refused: list[NotRead]


class ImportChoice(Request):
    """Which articles of an import to write, and how."""

    article_ids: Annotated[tuple[str, ...], Field(max_length=2_000)] | None = None  # None: all of them
    draft: bool = True
    kb: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = "main"


class ImportApplied(BaseModel):
    """An import was written."""

    changed: int
    draft: bool
