"""Training examples in Rasa's format, and the database's text form, each looked at before it is applied."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.articles.child import read_in_child
from api.articles.limits import LARGEST_UPLOAD, Refused
from api.dependencies import ClockDep, ImportsDep, SettingsDep, StoreDep
from api.errors import ApiError, not_found
from api.processes.places import ROOT
from api.review.labels import Writer
from api.review.training_imports import add_examples, plan_examples, rasa_file
from api.schemas.data import (
    DataAgreed,
    DataShown,
    DataWritten,
    ExampleRow,
    ExampleRows,
    ExamplesAdded,
    ExamplesPreview,
)
from api.security.audit import record_audit
from api.security.callers import AdminCaller
from api.settings import Settings
from api.store.tables import TrainingExample
from api.strings.catalogue import say
from api.worker.exchange import Changes, changes, diff, export, import_diff, read_in
from api.worker.seed import read_seed
from api.worker.training_data import TrainingDataInvalid
from kb_index.articles import ArticleUnreadable

router = APIRouter(prefix="/v1", tags=["administration"])
MOST_ROWS = 500


@router.get("/training-examples")
async def list_examples(
    _: AdminCaller,
    store: StoreDep,
    intent: Annotated[str, Query(max_length=120)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    taken_out: bool = False,
) -> ExampleRows:
    """List training examples, newest first: those that stand, or with `taken_out` those that did."""
    gone = TrainingExample.deleted_at
    query = select(TrainingExample).where(gone.is_not(None) if taken_out else gone.is_(None))
    if intent:
        query = query.where(TrainingExample.intent == intent)
    if q.strip():
        query = query.where(TrainingExample.text.icontains(q.strip(), autoescape=True))
    query = query.order_by(TrainingExample.created_at.desc(), TrainingExample.id).limit(MOST_ROWS + 1)
    rows = await store.read(lambda session: session.scalars(query).all())
    return ExampleRows(examples=[ExampleRow.of(row) for row in rows[:MOST_ROWS]], truncated=len(rows) > MOST_ROWS)


@router.get("/training-examples/rasa.yml", response_class=PlainTextResponse)
async def download_examples(_: AdminCaller, store: StoreDep) -> PlainTextResponse:
    """Give every standing example as one file of Rasa's training data."""
    text = await store.read(rasa_file)
    named = {"Content-Disposition": 'attachment; filename="nlu.yml"'}
    return PlainTextResponse(text, media_type="application/yaml", headers=named)


@router.post("/training-examples/imports", status_code=201)
async def upload_examples(
    request: Request,
    _: AdminCaller,
    store: StoreDep,
    imports: ImportsDep,
    name: Annotated[str, Query(min_length=1, max_length=200)],
) -> ExamplesPreview:
    """Read a file of Rasa's training data and show what adding its examples would change; nothing is written yet."""
    content = await request.body()
    try:
        if len(content) > LARGEST_UPLOAD:
            raise Refused(f"it is larger than {LARGEST_UPLOAD // 2**20} MB")
        folder = await run_in_threadpool(imports.ready)
        read = await run_in_threadpool(read_in_child, "api.worker.rasa_nlu", folder, content, name)
    except Refused as error:
        raise ApiError(422, "import_refused", say("articles.import_refused", name=name, why=str(error))) from error
    import_id = await run_in_threadpool(imports.keep, read)
    planned = await store.read(lambda session: plan_examples(session, _pairs(read["examples"])))
    return ExamplesPreview.of(import_id, planned, read["left_out"])


@router.post("/training-examples/imports/{import_id}/apply")
async def apply_examples(
    import_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep, imports: ImportsDep
) -> ExamplesAdded:
    """Add the examples of an import that were shown as new."""
    read = await run_in_threadpool(imports.read_again, import_id)
    if read is None or "examples" not in read:
        raise not_found("This import")
    writer = Writer(caller.agent_id, clock.now())
    added = await store.write(lambda session: add_examples(session, _pairs(read["examples"]), writer))
    imports.forget(import_id)
    return ExamplesAdded(added=added)


@router.get("/data")
async def show_data(_: AdminCaller, store: StoreDep, settings: SettingsDep) -> DataShown:
    """Show how the database and its text form differ, as two diffs."""
    folder = _folder(settings)
    return await store.read(lambda session: _shown(session, folder))


@router.post("/data/export")
async def export_data(
    body: DataAgreed, caller: AdminCaller, store: StoreDep, settings: SettingsDep, clock: ClockDep
) -> DataWritten:
    """Write into the folder what the database says, if it still is what its reader saw."""
    folder, now = _folder(settings), clock.now()

    def write(session: Session) -> Changes:
        what = _agreed(session, folder, body.digest)
        record_audit(session, caller.actor, "export_data", at=now, details={"files": len(what)})
        return what

    what = await store.write(write)
    try:
        await run_in_threadpool(export, what, folder)
    except OSError as error:
        why = say("data.not_written", folder=str(folder), why=error.strerror or str(error))
        raise ApiError(409, "not_written", why) from error
    return DataWritten(changed={"files": len(what)})


@router.post("/data/import")
async def import_data(
    body: DataAgreed, caller: AdminCaller, store: StoreDep, settings: SettingsDep, clock: ClockDep
) -> DataWritten:
    """Make the database say what the folder says, if it still is what its reader saw; earlier wordings are kept."""
    folder, now = _folder(settings), clock.now()

    def write(session: Session) -> DataWritten:
        _agreed(session, folder, body.digest)
        changed = read_in(session, read_seed(folder), by=caller.actor, now=now)
        record_audit(session, caller.actor, "import_data", at=now, details=dict(changed))
        return DataWritten(changed=changed)

    return await store.write(write)


def _shown(session: Session, folder: Path) -> DataShown:
    what = _changes(session, folder)
    there, here = diff(what, folder), import_diff(what, folder)
    return DataShown(folder=str(folder), export_diff=there, import_diff=here, digest=_digest(there))


def _agreed(session: Session, folder: Path, digest: str) -> Changes:
    what = _changes(session, folder)
    if _digest(diff(what, folder)) != digest:
        raise ApiError(409, "changed_meanwhile", say("data.changed_meanwhile"))
    return what


def _changes(session: Session, folder: Path) -> Changes:
    try:
        read_seed(folder)  # what cannot be read back is no text form
        return changes(session, folder)
    except (TrainingDataInvalid, ArticleUnreadable, OSError) as error:
        raise ApiError(422, "data_unreadable", say("data.unreadable", why=str(error)[:500])) from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _folder(settings: Settings) -> Path:
    return settings.data_dir if settings.data_dir.is_absolute() else ROOT / settings.data_dir


def _pairs(examples: list[list[str]]) -> list[tuple[str, str]]:
    return [(intent, text) for intent, text in examples]
