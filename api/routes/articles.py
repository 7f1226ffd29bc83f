"""Articles for administrators, and the search that agents use."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.articles.catalogue import (
    Wording,
    current_article,
    current_articles,
    delete_article,
    discard_draft,
    drafted_article,
    drafts,
    publish_draft,
    save_article,
    versions_of,
)
from api.articles.markdown import to_html
from api.articles.tree import to_tree
from api.articles.use import stale, unused
from api.dependencies import ClockDep, SearchDep, StoreDep
from api.errors import ApiError, not_found
from api.schemas.articles import (
    ArticleEdit,
    ArticleFull,
    ArticleList,
    ArticlePreview,
    ArticleRow,
    ArticleShown,
    ArticleText,
    ArticleWording,
    FoundArticle,
    FoundArticles,
)
from api.security.callers import AdminCaller, AgentCaller
from api.store.tables import Agent, ArticleVersion
from api.strings.catalogue import say
from api.suggestions.finder import SearchUnavailable

router = APIRouter(prefix="/v1/articles", tags=["articles"])
Kb = Annotated[str, Query(max_length=100)]


@router.get("")
async def list_articles(
    _: AdminCaller,
    store: StoreDep,
    clock: ClockDep,
    kb: Kb = "main",
    q: Annotated[str, Query(max_length=200)] = "",
) -> ArticleList:
    """List a knowledge base's articles, by title, with those that are stale or unused; `q` is part of title or id."""
    now = clock.now()

    def read(session: Session) -> list[ArticleRow]:
        drafted = {row.article_id: row for row in drafts(session, kb)}
        current = current_articles(session, kb)
        old, idle = stale(current, now), unused(session, kb, current, now)
        published = [
            ArticleRow.of(row, "changed" if drafted.pop(row.article_id, None) else "published").model_copy(
                update={"stale": row.article_id in old, "unused": row.article_id in idle}
            )
            for row in current
        ]
        return [*(ArticleRow.of(row, "draft") for row in drafted.values()), *published]

    rows, wanted = await store.read(read), q.strip().casefold()
    return ArticleList(articles=[row for row in rows if wanted in f"{row.title}\n{row.article_id}".casefold()])


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
    """Show an article with its earlier wordings; its draft where it has one."""
    return await store.read(lambda session: _full(session, kb, article_id))


@router.get("/{article_id}/versions/{version}")
async def read_version(
    article_id: str, version: int, _: AdminCaller, store: StoreDep, kb: Kb = "main"
) -> ArticleWording:
    """Show one wording an article had, has, or is to have."""
    found = await store.read(lambda session: session.get(ArticleVersion, (kb, article_id, version)))
    if found is None:
        raise not_found("This version")
    return ArticleWording(
        version=found.version,
        title=found.title,
        body=found.body,
        questions=list(found.questions or ()),
        created_at=found.created_at,
    )


@router.post("/preview")
async def preview(body: ArticlePreview, _: AdminCaller) -> ArticleShown:
    """Show a text as its page would: rendered, and cleaned of everything that could run or call home."""
    return ArticleShown(
        html=await run_in_threadpool(to_html, body.body), nodes=await run_in_threadpool(to_tree, body.body)
    )


@router.post("/{article_id}/publish")
async def publish(
    article_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep, kb: Kb = "main"
) -> ArticleFull:
    """Let an article say what its draft says; suggestions follow once the index is rebuilt."""
    now = clock.now()

    def write(session: Session) -> ArticleFull:
        publish_draft(session, (kb, article_id), by=caller.actor, now=now)
        session.flush()
        return _full(session, kb, article_id)

    return await store.write(write)


@router.delete("/{article_id}/draft", status_code=204)
async def drop_draft(article_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep, kb: Kb = "main") -> None:
    """Let go of an article's draft; its wording stays in the history."""
    now = clock.now()
    if not await store.write(lambda session: discard_draft(session, (kb, article_id), by=caller.actor, now=now)):
        raise not_found("A draft of this article")


@router.put("/{article_id}")
async def write_article(
    article_id: str, body: ArticleText, caller: AdminCaller, store: StoreDep, clock: ClockDep, kb: Kb = "main"
) -> ArticleFull:
    """Give an article a new wording, or make it; suggestions follow once the index is rebuilt."""
    now, slug = clock.now(), body.kb or kb
    wording = Wording(body.title, body.body, tuple(dict.fromkeys(body.questions)), body.audience, body.category)

    def save(session: Session) -> ArticleFull:
        save_article(
            session,
            (slug, article_id),
            wording,
            by=caller.actor,
            now=now,
            replacing=body.version,
            draft=body.draft,
        )
        session.flush()
        return _full(session, slug, article_id)

    return await store.write(save)


@router.delete("/{article_id}", status_code=204)
async def remove_article(
    article_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep, kb: Kb = "main"
) -> None:
    """Take an article out of the knowledge base; its wordings are kept."""
    now = clock.now()
    if not await store.write(lambda session: delete_article(session, kb, article_id, by=caller.actor, now=now)):
        raise not_found("This article")


def _full(session: Session, kb: str, article_id: str) -> ArticleFull:
    published, drafted = current_article(session, kb, article_id), drafted_article(session, kb, article_id)
    shown = drafted or published
    if shown is None:
        raise not_found("This article")
    state: Literal["published", "draft", "changed"] = "published"
    if drafted is not None:
        state = "draft" if published is None else "changed"
    names = {f"agent:{agent.id}": agent.name for agent in session.scalars(select(Agent))}
    return ArticleFull(
        **ArticleRow.of(shown, state).model_dump(),
        body=shown.body,
        questions=list(shown.questions or ()),
        published=published.version if published else None,
        versions=[
            ArticleEdit(
                version=v.version,
                title=v.title,
                created_at=v.created_at,
                created_by=v.created_by,
                by=names.get(v.created_by or ""),
            )
            for v in versions_of(session, kb, article_id)
        ],
    )
