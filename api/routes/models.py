"""Models: which there are, which serves, and changing that."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, StoreDep
from api.errors import ApiError, not_found
from api.schemas.training import JobQueued, Models, ModelShown, Promotion
from api.security.callers import AdminCaller
from api.store.tables import Model
from api.worker.jobs import enqueue
from api.worker.registry import NotPromotable, check_promotable, listed, previous_model

router = APIRouter(prefix="/v1/models", tags=["administration"])


@router.get("")
async def list_models(admin: AdminCaller, store: StoreDep) -> Models:  # noqa: ARG001 - only administrators
    """List the models, newest first."""
    models = await store.read(listed)
    current = next((model.version for model in models if model.state == "current"), None)
    return Models(current=current, models=[ModelShown.of(model) for model in models])


@router.post("/rollback", status_code=202)
async def roll_back(admin: AdminCaller, store: StoreDep, clock: ClockDep) -> JobQueued:
    """Queue the return to the model that served before this one."""

    def queue(session: Session) -> str | None:
        version = previous_model(session)
        if version is None:
            return None
        return enqueue(session, "promote", {"version": version}, requested_by=admin.actor, now=clock.now())

    job_id = await store.write(queue)
    if job_id is None:
        raise ApiError(409, "no_previous_model", "No other model served before this one.")
    return JobQueued(job_id=job_id)


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
