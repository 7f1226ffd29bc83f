"""Websites that articles come from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.people import Request
from api.store.tables import ArticlePage, ArticleSource

Hours = Annotated[int, Field(ge=0, le=24 * 90)]  # 0 for never


class NewSource(Request):
    """A website to import, and how often to look again."""

    url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
    kind: Literal["page", "sitemap"] = "page"
    every_h: Hours = 0
    publish: bool = False
    kb: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = "main"


class SourceChange(Request):
    """How often to look again, and what becomes of what changed."""

    every_h: Hours
    publish: bool


class GonePage(BaseModel):
    """A page its website has no more; its article stays until somebody takes it away."""

    url: str
    article_id: str
    gone_at: datetime

    @classmethod
    def of(cls, page: ArticlePage) -> GonePage:
        """Show a row."""
        assert page.gone_at is not None
        return cls(url=page.url, article_id=page.article_id, gone_at=page.gone_at)


class SourceShown(BaseModel):
    """A website that articles come from."""

    source_id: str
    kb: str
    kind: Literal["page", "sitemap"]
    url: str
    every_h: int
    publish: bool
    active: bool  # whether its first import was applied
    last_at: datetime | None
    next_at: datetime | None
    last: dict[str, Any] | None  # {read, new, changed, edited, gone, refused}, {import_id, read} or {error}
    gone: list[GonePage]

    @classmethod
    def of(cls, source: ArticleSource, gone: list[GonePage]) -> SourceShown:
        """Show a row."""
        return cls(
            source_id=source.id,
            kb=source.kb,
            kind="sitemap" if source.kind == "sitemap" else "page",
            url=source.url,
            every_h=source.every_h,
            publish=source.publish,
            active=source.active,
            last_at=source.last_at,
            next_at=source.next_at,
            last=source.last,
            gone=gone,
        )


class SourceList(BaseModel):
    """Every website, by its address."""

    sources: list[SourceShown]


class SourceQueued(BaseModel):
    """A website is fetched as soon as the worker is free."""

    source_id: str
    job_id: str
