"""Reports as pages: what a training tells of itself, and how well a knowledge base answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from api.dependencies import SettingsDep
from api.errors import not_found
from api.processes.places import Places
from api.security.callers import AdminCaller
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
    """List the reports that `deskmate evaluate kb` wrote."""
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
