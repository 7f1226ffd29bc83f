"""Training: asking for it and watching it."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select

from api.dependencies import ClockDep, StoreDep
from api.errors import not_found
from api.schemas.training import JobQueued, TrainingJob, TrainingJobs
from api.security.callers import AdminCaller
from api.store.tables import Job
from api.worker.jobs import enqueue

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
