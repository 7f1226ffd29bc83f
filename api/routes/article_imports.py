"""Importing articles: upload, read what would change, apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.articles.imports import Planned, apply, plan
from api.articles.limits import Refused
from api.articles.sources import begin
from api.dependencies import ClockDep, ImportsDep, StoreDep
from api.errors import ApiError, not_found
from api.schemas.articles import ImportApplied, ImportChoice, ImportPreview, ImportRow, NotRead
from api.security.callers import AdminCaller
from api.store.tables import ArticleSource
from api.strings.catalogue import say

router = APIRouter(prefix="/v1/article-imports", tags=["articles"])


@router.post("", status_code=201)
async def upload(
    request: Request,
    _: AdminCaller,
    store: StoreDep,
    imports: ImportsDep,
    name: Annotated[str, Query(min_length=1, max_length=200)],
    kb: Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = "main",
) -> ImportPreview:
    """Read a file (Markdown, HTML, text, CSV, or a zip of these) and show what importing it would change.

    The body is the file as it is; nothing is written until the import is applied.
    """
    content = await request.body()
    try:
        import_id, refused = await run_in_threadpool(imports.read, content, name)
    except Refused as error:
        raise ApiError(422, "import_refused", say("articles.import_refused", name=name, why=str(error))) from error
    wordings = imports.wordings(import_id) or {}
    planned = await store.read(lambda session: plan(session, kb, wordings))
    return _preview(import_id, kb, planned, refused)


@router.get("/{import_id}")
async def show_import(import_id: str, _: AdminCaller, store: StoreDep, imports: ImportsDep) -> ImportPreview:
    """Show what an import that waits would change, such as a website's first one."""
    kept = await run_in_threadpool(imports.kept, import_id)
    if kept is None:
        raise not_found("This import")
    kb = kept.kb or "main"
    planned = await store.read(lambda session: plan(session, kb, kept.wordings))
    return _preview(import_id, kb, planned, kept.refused)


@router.post("/{import_id}/apply")
async def apply_import(
    import_id: str, body: ImportChoice, caller: AdminCaller, store: StoreDep, clock: ClockDep, imports: ImportsDep
) -> ImportApplied:
    """Write the chosen articles of an import, as drafts or for everybody, all or none."""
    kept = await run_in_threadpool(imports.kept, import_id)
    if kept is None:
        raise not_found("This import")
    chosen = list(kept.wordings) if body.article_ids is None else list(body.article_ids)
    kb, now = kept.kb or body.kb, clock.now()

    def write(session: Session) -> int:
        changed = apply(session, kb, kept.wordings, chosen, by=caller.actor, now=now, draft=body.draft)
        source = session.get(ArticleSource, kept.source_id) if kept.source_id else None
        if source is not None:
            session.flush()
            begin(session, source, kept, set(chosen), now=now)
        return changed

    changed = await store.write(write)
    imports.forget(import_id)
    return ImportApplied(changed=changed, draft=body.draft)


def _preview(import_id: str, kb: str, planned: Sequence[Planned], refused: Mapping[str, str]) -> ImportPreview:
    return ImportPreview(
        import_id=import_id,
        kb=kb,
        articles=[ImportRow.of(one) for one in planned],
        refused=[NotRead(name=file, why=why) for file, why in refused.items()],
    )
