"""Reports as pages: what a training tells of itself, and how well a knowledge base answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, SettingsDep, StoreDep
from api.errors import not_found
from api.processes.places import Places
from api.security.callers import AdminCaller
from api.store.tables import KnowledgeBase
from api.worker.jobs import enqueue
from api.worker.models import VERSION

router = APIRouter(prefix="/v1/reports", tags=["administration"])

LARGEST_PAGE = 20_000_000  # bytes
# A report carries its own styles and plots; it runs nothing and calls nowhere.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
Slug = Annotated[str, InPath(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Version = Annotated[str, InPath(pattern=rf"^{VERSION.pattern}$")]


class KbReport(BaseModel):
    """A report on a knowledge base."""

    kb: str
    written_at: datetime
    url: str


class Reports(BaseModel):
    """The reports on knowledge bases, by name."""

    knowledge_bases: list[KbReport]


@router.get("")
async def list_reports(_: AdminCaller, settings: SettingsDep) -> Reports:
    """List the reports on knowledge bases, however they were asked for."""
    folder = Places.of(settings).var / "reports"

    def look() -> list[KbReport]:
        pages = sorted(folder.glob("kb-*.html")) if folder.is_dir() else []
        return [
            KbReport(
                kb=page.stem.removeprefix("kb-"),
                written_at=datetime.fromtimestamp(page.stat().st_mtime, UTC),
                url=f"/v1/reports/knowledge-bases/{page.stem.removeprefix('kb-')}",
            )
            for page in pages
        ]

    return Reports(knowledge_bases=await run_in_threadpool(look))


class ReportQueued(BaseModel):
    """The job that writes a report; `GET /v1/training-jobs/{id}` tells how far it is."""

    job_id: str


@router.post("/knowledge-bases/{kb}", status_code=202)
async def measure_knowledge_base(kb: Slug, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> ReportQueued:
    """Measure how well a knowledge base answers its labelled questions, and write the report anew."""
    now = clock.now()

    def write(session: Session) -> str:
        if session.get(KnowledgeBase, kb) is None:
            raise not_found("This knowledge base")
        return enqueue(session, "report", {"kb": kb}, requested_by=caller.actor, now=now)

    return ReportQueued(job_id=await store.write(write))


@router.get("/knowledge-bases/{kb}")
async def knowledge_base_report(kb: Slug, _: AdminCaller, settings: SettingsDep) -> Response:
    """Show how well a knowledge base answers."""
    return await run_in_threadpool(_page, Places.of(settings).var / "reports" / f"kb-{kb}.html")


@router.get("/models/{version}")
async def training_report(version: Version, _: AdminCaller, settings: SettingsDep) -> Response:
    """Show what a model's training tells of itself."""
    return await run_in_threadpool(_page, Places.of(settings).models / version / "training_report.html")


def _page(path: Path) -> Response:
    if ".." in path.parts or path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_PAGE:
        raise not_found("This report")
    return Response(path.read_bytes(), media_type="text/html", headers={"Content-Security-Policy": POLICY})
