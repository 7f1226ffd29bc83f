"""Training: asking for it and watching it."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, StoreDep
from api.errors import ApiError, not_found
from api.schemas.training import JobQueued, TrainingJob, TrainingJobs
from api.security.audit import record_audit
from api.security.callers import AdminCaller
from api.store.tables import Agent, Job
from api.worker.jobs import NotCancellable, cancel, enqueue

router = APIRouter(prefix="/v1/training-jobs", tags=["administration"])

LATEST = 20


@router.post("", status_code=202)
async def start_training(admin: AdminCaller, store: StoreDep, clock: ClockDep) -> JobQueued:
    """Queue a training; one that waits already is not queued twice."""
    job_id = await store.write(lambda session: enqueue(session, "train", requested_by=admin.actor, now=clock.now()))
    return JobQueued(job_id=job_id)


@router.get("")
async def list_jobs(_: AdminCaller, store: StoreDep) -> TrainingJobs:
    """List the latest jobs of every kind, newest first."""
    latest = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(LATEST)
    jobs = await store.read(lambda session: session.scalars(latest).all())
    return TrainingJobs(jobs=[TrainingJob.of(job) for job in jobs])


@router.get("/{job_id}")
async def show_job(job_id: str, _: AdminCaller, store: StoreDep) -> TrainingJob:
    """Show one job."""
    job = await store.read(lambda session: session.get(Job, job_id))
    if job is None:
        raise not_found("This job")
    return TrainingJob.of(job)


@router.post("/{job_id}/cancel")
async def cancel_job(job_id: str, admin: AdminCaller, store: StoreDep, clock: ClockDep) -> TrainingJob:
    """End a job that waits, or ask a running one to end at its next step; 409 when it is too late."""

    def write(session: Session) -> TrainingJob | None:
        name = session.scalar(select(Agent.name).where(Agent.id == admin.agent_id)) or admin.actor
        job = cancel(session, job_id, by=name, now=clock.now())
        if job is None:
            return None
        record_audit(session, admin.actor, "cancel_job", at=clock.now(), subject=job_id, details={"kind": job.kind})
        return TrainingJob.of(job)

    try:
        shown = await store.write(write)
    except NotCancellable as refusal:
        raise ApiError(409, "not_cancellable", str(refusal)) from refusal
    if shown is None:
        raise not_found("This job")
    return shown
