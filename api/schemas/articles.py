"""Articles as administrators edit them and agents find them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

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

    @classmethod
    def of(cls, article: ArticleVersion) -> ArticleRow:
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
        )


class ArticleList(BaseModel):
    """Articles by title."""

    articles: list[ArticleRow]


class ArticleEdit(BaseModel):
    """One earlier wording: when it came and who wrote it."""

    version: int
    title: str
    created_at: datetime
    created_by: str | None


class ArticleFull(ArticleRow):
    """An article with its text and history, newest first."""

    body: str
    questions: list[str]
    versions: list[ArticleEdit]


class FoundArticle(ArticleRow):
    """An article found for a search, with the sentences that matched best."""

    answer: str
    similarity: float
    confidence: float


class FoundArticles(BaseModel):
    """What a search of the knowledge base gave, best first."""

    articles: list[FoundArticle]
