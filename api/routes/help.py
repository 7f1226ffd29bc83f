"""The public help pages: a list, a search, and each article, rendered on the server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from api.articles.catalogue import current_articles, note_helpful, public_article
from api.articles.markdown import summary_of, to_html
from api.availability import availability
from api.clock import Clock
from api.company import Company
from api.conversations.transcript import article_url
from api.dependencies import ClockDep, CompanyDep, SearchDep, StoreDep
from api.desk.presence import count_present
from api.pages.render import page
from api.security.callers import check_origin
from api.security.pacing import PacedStranger
from api.store.database import Store
from api.store.tables import ArticleVersion
from api.strings.catalogue import say
from api.suggestions.finder import Finder, SearchUnavailable

router = APIRouter(tags=["help"])
MAIN = "main"
Kb = Annotated[str, Query(max_length=100)]
SEARCHED = 8
RELATED = 4


@router.get("/help", response_class=HTMLResponse)
async def help_index(
    request: Request,
    store: StoreDep,
    search: SearchDep,
    company: CompanyDep,
    clock: ClockDep,
    q: Annotated[str, Query(max_length=500)] = "",
) -> HTMLResponse:
    """Show every public article by category, or what a search finds."""
    articles = await store.read(lambda session: current_articles(session, MAIN, audience="public"))
    found = await _found(search, articles, q.strip()) if q.strip() else None
    return page(
        request,
        "help_index.html",
        query=q,
        found=found,
        categories=_categories(articles),
        **await _company(store, company, clock),
    )


@router.get("/help/{slug}", response_class=HTMLResponse)
async def help_article(
    request: Request,
    slug: str,
    store: StoreDep,
    company: CompanyDep,
    clock: ClockDep,
    kb: Kb = MAIN,
    helpful: Literal["yes", "no"] | None = None,
) -> HTMLResponse:
    """Show one public article; an internal one is as good as missing."""
    about = await _company(store, company, clock)
    article = await store.read(lambda session: public_article(session, kb, slug))
    if article is None:
        return page(request, "help_missing.html", status_code=404, query="", **about)
    others = await store.read(lambda session: current_articles(session, article.kb, audience="public"))
    return page(
        request,
        "help_article.html",
        article={
            "slug": article.article_id,
            "title": article.title,
            "category": article.category,
            "updated": date.fromisoformat(article.updated) if article.updated else None,
        },
        body_html=to_html(_without_title(article)),
        related=[
            {"slug": other.article_id, "title": other.title}
            for other in others
            if other.category == article.category and other.article_id != article.article_id
        ][:RELATED],
        helpful=helpful,
        **about,
    )


@router.post("/help/{slug}/helpful")
async def was_helpful(
    request: Request,
    slug: str,
    store: StoreDep,
    clock: ClockDep,
    _: PacedStranger,
    helpful: Annotated[Literal["yes", "no"], Form()],
    kb: Kb = MAIN,
) -> RedirectResponse:
    """Count whether an article helped, then show it again."""
    check_origin(request)
    now = clock.now()
    article = await store.read(lambda session: public_article(session, kb, slug))
    if article is None:
        return RedirectResponse("/help", status_code=303)
    await store.write(lambda session: note_helpful(session, article, helpful=helpful == "yes", now=now))
    address = article_url(article.article_id, article.kb)
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}helpful={helpful}", status_code=303)


async def _company(store: Store, company: Company, clock: Clock) -> dict[str, Any]:
    now = clock.now()
    present = await store.read(lambda session: count_present(session, now))
    return {"company_name": company.name, "availability": availability(company, now, agents_present=present)}


async def _found(search: Finder, articles: Sequence[ArticleVersion], query: str) -> list[dict[str, str]]:
    """Search by meaning; without a usable index, by the words of the titles."""
    by_id = {article.article_id: article for article in articles}
    try:
        finding = await run_in_threadpool(search.find, query, kb=MAIN, limit=SEARCHED, allowed=by_id.keys())
    except SearchUnavailable:
        words = query.casefold().split()
        named = [article for article in articles if all(word in article.title.casefold() for word in words)]
        return [_entry(article) for article in named[:SEARCHED]]
    found = [(by_id[one.article_id], one.answer) for one in finding.suggestions if one.article_id in by_id]
    return [{**_entry(article), "summary": answer or summary_of(article.body)} for article, answer in found]


def _categories(articles: Sequence[ArticleVersion]) -> list[dict[str, Any]]:
    ordered = sorted(articles, key=lambda article: (article.category.casefold(), article.title.casefold()))
    return [
        {"name": name or say("articles.more"), "articles": [_entry(article) for article in group]}
        for name, group in groupby(ordered, key=lambda article: article.category)
    ]


def _entry(article: ArticleVersion) -> dict[str, str]:
    return {
        "slug": article.article_id,
        "title": article.title,
        "summary": summary_of(article.body),
        "category": article.category,
    }


def _without_title(article: ArticleVersion) -> str:
    """Return the body without a first heading that only repeats the title, which the page shows itself."""
    first, _, rest = article.body.lstrip().partition("\n")
    return rest if first.startswith("# ") and first[2:].strip() == article.title.strip() else article.body
