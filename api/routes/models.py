"""Models: which there are, which serves, and changing that."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, SecretsDep, SettingsDep, StoreDep
from api.errors import ApiError, not_found
from api.processes.places import Places
from api.schemas.training import Comparing, JobQueued, Models, ModelShown, Promotion
from api.security.callers import AdminCaller
from api.store.tables import Model
from api.worker.jobs import enqueue
from api.worker.models import read_report
from api.worker.rasa_probe import RasaProbe
from api.worker.registry import NotPromotable, check_promotable, listed
from api.worker.rollback import NothingBefore, Return, roll_back

router = APIRouter(prefix="/v1/models", tags=["administration"])


@router.get("")
async def list_models(_: AdminCaller, store: StoreDep) -> Models:
    """List the models, newest first."""
    models = await store.read(listed)
    current = next((model.version for model in models if model.state == "current"), None)
    return Models(current=current, models=[ModelShown.of(model) for model in models])


@router.post("/rollback", status_code=202)
async def return_to_previous(admin: AdminCaller, store: StoreDep, clock: ClockDep, secrets: SecretsDep) -> JobQueued:
    """Return to the model that served before this one: at once while its process is warm, else as a job."""
    probe = RasaProbe(secrets.internal)

    def back() -> Return:
        try:
            return roll_back(store, clock, probe.check_turn, actor=admin.actor)
        finally:
            probe.close()

    try:
        returned = await run_in_threadpool(back)
    except NothingBefore as error:
        raise ApiError(409, "no_previous_model", "No other model served before this one.") from error
    return JobQueued(job_id=returned.job_id)


@router.post("/{version}/promote", status_code=202)
async def promote(
    version: str, admin: AdminCaller, store: StoreDep, clock: ClockDep, wanted: Promotion | None = None
) -> JobQueued:
    """Queue a model's promotion; 409 when its comparison refused it and no reason is given."""
    reason = wanted.reason.strip() if wanted else ""

    def queue(session: Session) -> str | None:
        if session.get(Model, version) is None:
            return None
        check_promotable(session, version, reason=reason)
        arguments = {"version": version, **({"reason": reason} if reason else {})}
        return enqueue(session, "promote", arguments, requested_by=admin.actor, now=clock.now())

    try:
        job_id = await store.write(queue)
    except NotPromotable as refusal:
        raise ApiError(409, "comparison_failed", str(refusal)) from refusal
    if job_id is None:
        raise not_found("This model")
    return JobQueued(job_id=job_id)


@router.post("/{version}/compare", status_code=202)
async def compare(
    version: str, admin: AdminCaller, store: StoreDep, clock: ClockDep, wanted: Comparing | None = None
) -> JobQueued:
    """Queue a comparison with the model that serves now, with a replay of the last days' real questions."""
    arguments = {"version": version, "days": (wanted or Comparing()).days}

    def queue(session: Session) -> str | None:
        if session.get(Model, version) is None:
            return None
        return enqueue(session, "compare", arguments, requested_by=admin.actor, now=clock.now())

    job_id = await store.write(queue)
    if job_id is None:
        raise not_found("This model")
    return JobQueued(job_id=job_id)


@router.get("/{version}/report")
async def training_report(version: str, _: AdminCaller, store: StoreDep, settings: SettingsDep) -> dict[str, Any]:
    """Return what a model's training tells of itself: cross-validation, doubtful labels, confusions."""
    if await store.read(lambda session: session.get(Model, version)) is None:
        raise not_found("This model")
    report = await run_in_threadpool(read_report, Places.of(settings), version)
    if report is None:
        raise ApiError(404, "no_report", "This model was trained without a report.")
    return dict(report)
