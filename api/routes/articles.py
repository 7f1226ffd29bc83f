"""Articles for administrators, and the search that agents use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.articles.catalogue import Wording, current_article, current_articles, delete_article, save_article, versions_of
from api.dependencies import ClockDep, SearchDep, StoreDep
from api.errors import ApiError, not_found
from api.schemas.articles import (
    ArticleEdit,
    ArticleFull,
    ArticleList,
    ArticleRow,
    ArticleText,
    FoundArticle,
    FoundArticles,
)
from api.security.callers import AdminCaller, AgentCaller
from api.store.tables import ArticleVersion
from api.strings.catalogue import say
from api.suggestions.finder import SearchUnavailable

router = APIRouter(prefix="/v1/articles", tags=["articles"])
Kb = Annotated[str, Query(max_length=100)]


@router.get("")
async def list_articles(
    _: AdminCaller, store: StoreDep, kb: Kb = "main", q: Annotated[str, Query(max_length=200)] = ""
) -> ArticleList:
    """List a knowledge base's articles, by title; `q` keeps those whose title or id holds it."""
    articles = await store.read(lambda session: current_articles(session, kb))
    wanted = q.strip().casefold()
    return ArticleList(
        articles=[ArticleRow.of(a) for a in articles if wanted in f"{a.title}\n{a.article_id}".casefold()]
    )


@router.get("/search")
async def search_articles(
    _: AgentCaller,
    store: StoreDep,
    search: SearchDep,
    q: Annotated[str, Query(min_length=1, max_length=500)],
    kb: Kb = "main",
    limit: Annotated[int, Query(ge=1, le=10)] = 8,
) -> FoundArticles:
    """Find articles by meaning, for agents: public and internal ones, best first."""
    articles = await store.read(lambda session: {a.article_id: a for a in current_articles(session, kb)})
    try:
        found = await run_in_threadpool(search.find, q, kb=kb, limit=limit, allowed=articles.keys())
    except SearchUnavailable as error:
        raise ApiError(503, "search_unavailable", say("errors.search_unavailable")) from error
    best = sorted((*found.suggestions, *found.internal), key=lambda one: (-one.confidence, -one.similarity))
    return FoundArticles(
        articles=[
            FoundArticle(
                **ArticleRow.of(articles[one.article_id]).model_dump(),
                answer=one.answer,
                similarity=one.similarity,
                confidence=one.confidence,
            )
            for one in best
            if one.article_id in articles
        ][:limit]
    )


@router.get("/{article_id}")
async def read_article(article_id: str, _: AdminCaller, store: StoreDep, kb: Kb = "main") -> ArticleFull:
    """Show an article with its earlier wordings."""

    def read(session: Session) -> ArticleFull:
        article = current_article(session, kb, article_id)
        if article is None:
            raise not_found("This article")
        return _full(article, versions_of(session, kb, article_id))

    return await store.read(read)


@router.put("/{article_id}")
async def write_article(
    article_id: str, body: ArticleText, caller: AdminCaller, store: StoreDep, clock: ClockDep, kb: Kb = "main"
) -> ArticleFull:
    """Give an article a new wording, or make it; suggestions follow once the index is rebuilt."""
    now, slug = clock.now(), body.kb or kb
    wording = Wording(body.title, body.body, tuple(dict.fromkeys(body.questions)), body.audience, body.category)

    def save(session: Session) -> ArticleFull:
        saved = save_article(session, (slug, article_id), wording, by=caller.actor, now=now, replacing=body.version)
        session.flush()
        return _full(saved, versions_of(session, slug, article_id))

    return await store.write(save)


@router.delete("/{article_id}", status_code=204)
async def remove_article(
    article_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep, kb: Kb = "main"
) -> None:
    """Take an article out of the knowledge base; its wordings are kept."""
    now = clock.now()
    if not await store.write(lambda session: delete_article(session, kb, article_id, by=caller.actor, now=now)):
        raise not_found("This article")


def _full(article: ArticleVersion, versions: Sequence[ArticleVersion]) -> ArticleFull:
    return ArticleFull(
        **ArticleRow.of(article).model_dump(),
        body=article.body,
        questions=list(article.questions or ()),
        versions=[
            ArticleEdit(version=v.version, title=v.title, created_at=v.created_at, created_by=v.created_by)
            for v in versions
        ],
    )
