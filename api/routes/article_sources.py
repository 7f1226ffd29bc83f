"""Websites that articles come from: add one, look at what it would change, keep it in step."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.articles.sources import following, gone_pages
from api.dependencies import ClockDep, SettingsDep, StoreDep
from api.errors import ApiError, not_found
from api.schemas.sources import GonePage, NewSource, SourceChange, SourceList, SourceQueued, SourceShown
from api.security.audit import record_audit
from api.security.callers import AdminCaller
from api.store.ids import new_id
from api.store.tables import ArticleSource, KnowledgeBase
from api.strings.catalogue import say
from api.web.fetch import Fetcher
from api.web.guard import NotReached
from api.worker.jobs import enqueue

router = APIRouter(prefix="/v1/article-sources", tags=["articles"])


@router.get("")
async def list_sources(_: AdminCaller, store: StoreDep) -> SourceList:
    """List the websites, with what came of their last fetch and which pages they have no more."""

    def read(session: Session) -> SourceList:
        rows = session.scalars(select(ArticleSource).order_by(ArticleSource.url, ArticleSource.id)).all()
        return SourceList(sources=[_shown(session, row) for row in rows])

    return await store.read(read)


@router.get("/{source_id}")
async def show_source(source_id: str, _: AdminCaller, store: StoreDep) -> SourceShown:
    """Show a website; once it was fetched for the first time, `last.import_id` names what applying it would write."""
    return await store.read(lambda session: _shown(session, _found(session, source_id)))


@router.post("", status_code=202)
async def add_source(
    body: NewSource, caller: AdminCaller, store: StoreDep, clock: ClockDep, settings: SettingsDep
) -> SourceQueued:
    """Fetch a page, or all pages of a sitemap, to be looked at; nothing is written until the import is applied."""
    try:
        url = str(Fetcher(settings.import_hosts.split(",")).checked(body.url))
    except NotReached as error:
        why = say("articles.import_refused", name=body.url[:200], why=str(error))
        raise ApiError(422, "import_refused", why) from error
    now = clock.now()

    def write(session: Session) -> SourceQueued:
        if session.get(KnowledgeBase, body.kb) is None:
            session.add(KnowledgeBase(slug=body.kb, created_at=now))
            session.flush()
        source = ArticleSource(
            id=new_id(),
            kb=body.kb,
            kind=body.kind,
            url=url,
            every_h=body.every_h,
            publish=body.publish,
            created_at=now,
            created_by=caller.actor,
        )
        session.add(source)
        record_audit(session, caller.actor, "add_source", at=now, subject=source.id, details={"url": url})
        job_id = enqueue(session, "sync", {"source_id": source.id}, requested_by=caller.actor, now=now)
        return SourceQueued(source_id=source.id, job_id=job_id)

    return await store.write(write)


@router.post("/{source_id}/sync", status_code=202)
async def sync_now(source_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> SourceQueued:
    """Fetch a website again, without waiting for its time."""
    now = clock.now()

    def write(session: Session) -> SourceQueued:
        _found(session, source_id)
        job_id = enqueue(session, "sync", {"source_id": source_id}, requested_by=caller.actor, now=now)
        return SourceQueued(source_id=source_id, job_id=job_id)

    return await store.write(write)


@router.patch("/{source_id}")
async def change_source(
    source_id: str, body: SourceChange, caller: AdminCaller, store: StoreDep, clock: ClockDep
) -> SourceShown:
    """Say how often a website is fetched, and whether its changes wait as drafts."""
    now = clock.now()

    def write(session: Session) -> SourceShown:
        source = _found(session, source_id)
        source.every_h, source.publish = body.every_h, body.publish
        source.next_at = following(source, now)
        details: dict[str, str | int | bool | None] = {"every_h": body.every_h, "publish": body.publish}
        record_audit(session, caller.actor, "change_source", at=now, subject=source_id, details=details)
        return _shown(session, source)

    return await store.write(write)


@router.delete("/{source_id}", status_code=204)
async def remove_source(source_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> None:
    """Let go of a website; the articles made of it stay as they are."""
    now = clock.now()

    def write(session: Session) -> None:
        _found(session, source_id)
        session.execute(delete(ArticleSource).where(ArticleSource.id == source_id))
        record_audit(session, caller.actor, "remove_source", at=now, subject=source_id)

    await store.write(write)


def _found(session: Session, source_id: str) -> ArticleSource:
    source = session.get(ArticleSource, source_id)
    if source is None:
        raise not_found("This source")
    return source


def _shown(session: Session, source: ArticleSource) -> SourceShown:
    return SourceShown.of(source, [GonePage.of(page) for page in gone_pages(session, source.id)])
