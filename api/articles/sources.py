"""Websites that articles are kept in step with: what a fetch changes here, and what was changed here meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.articles.catalogue import Wording, current_article, drafted_article, save_article, wording_of
from api.articles.imports import Kept
from api.store.tables import ArticlePage, ArticleSource
from api.worker.jobs import enqueue

ACTOR = "sync"


@dataclass
class Synced:
    """What came of fetching a source again; lists name articles, `gone` and `refused` name addresses.

    Attributes:
        edited: changed on the website and here; the website's wording waits as a draft, whatever else is published.
    """

    read: int = 0
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as the source's row keeps it."""
        return asdict(self)


def begin(session: Session, source: ArticleSource, kept: Kept, chosen: Collection[str], *, now: datetime) -> None:
    """Keep a source in step from now on: its first import was applied. What was not chosen stays out of it."""
    for article_id, url in kept.files.items():
        version = current_article(session, source.kb, article_id)
        drafted = drafted_article(session, source.kb, article_id)
        counts = drafted or version
        session.merge(
            ArticlePage(
                source_id=source.id,
                url=url,
                article_id=article_id,
                taken=article_id in chosen,
                digest=digest(kept.wordings[article_id]),
                version=counts.version if counts else None,
                seen_at=now,
            )
        )
    source.active = True
    source.next_at = following(source, now)


def sync(
    session: Session, source: ArticleSource, kept: Kept, gone: Collection[str], *, named: Collection[str], now: datetime
) -> Synced:
    """Bring what a source says now into the knowledge base; nothing is ever deleted.

    Args:
        session: the transaction.
        source: an active one.
        kept: what was read of it.
        gone: addresses whose server says that there is no such page.
        named: every address the source names.
        now: aware.
    """
    pages = {page.url: page for page in session.scalars(_pages(source.id))}
    told = Synced(read=len(kept.wordings), refused=dict(kept.refused))
    for article_id, url in kept.files.items():
        page, wording = pages.get(url), kept.wordings[article_id]
        if page is None:
            page = ArticlePage(source_id=source.id, url=url, article_id=article_id, digest="", seen_at=now)
            page.taken, page.gone_at = True, None
            session.add(page)
        page.seen_at, page.gone_at = now, None
        if page.taken and page.digest != digest(wording):
            _take(session, source, page, wording, told, now)
    for url, page in pages.items():
        if page.taken and (url in gone or url not in named):
            page.gone_at = page.gone_at or now
            told.gone.append(url)
    return told


def _take(
    session: Session, source: ArticleSource, page: ArticlePage, wording: Wording, told: Synced, now: datetime
) -> None:
    key = (source.kb, page.article_id)
    current, drafted = current_article(session, *key), drafted_article(session, *key)
    standing = drafted or current
    is_ours = standing is not None and standing.version == page.version
    if standing is None:
        told.new.append(page.article_id)
    else:
        (told.changed if is_ours else told.edited).append(page.article_id)
    if standing is not None:  # what customers ask, who may read it and where it stands are said here, not there
        before = wording_of(standing)
        wording = replace(before, title=wording.title, body=wording.body)
    draft = not source.publish or (standing is not None and not is_ours)
    saved = save_article(session, key, wording, by=ACTOR, now=now, draft=draft)
    page.digest, page.version = digest(wording), saved.version


def note(source: ArticleSource, outcome: Mapping[str, Any], now: datetime) -> None:
    """Write down what came of a fetch, and when the next one is due."""
    source.last, source.last_at, source.next_at = dict(outcome), now, following(source, now)


def following(source: ArticleSource, now: datetime) -> datetime | None:
    """Return when a source is due next; None for never."""
    return now + timedelta(hours=source.every_h) if source.active and source.every_h else None


def enqueue_due(session: Session, now: datetime) -> Sequence[str]:
    """Queue the fetch of every source that is due; return the job ids."""
    due = session.scalars(select(ArticleSource).where(ArticleSource.next_at <= now).order_by(ArticleSource.id)).all()
    queued = []
    for source in due:
        source.next_at = following(source, now)  # whatever becomes of the job
        queued.append(enqueue(session, "sync", {"source_id": source.id}, requested_by=ACTOR, now=now))
    return queued


def gone_pages(session: Session, source_id: str) -> Sequence[ArticlePage]:
    """Return the pages a source had and has no more, by address."""
    return session.scalars(_pages(source_id).where(ArticlePage.gone_at.is_not(None))).all()


def digest(wording: Wording) -> str:
    """Return what tells a page's wording from another; what is said about it here alone does not count."""
    said = json.dumps([wording.title, wording.body.strip()], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _pages(source_id: str) -> Select[ArticlePage]:
    return select(ArticlePage).where(ArticlePage.source_id == source_id).order_by(ArticlePage.url)
