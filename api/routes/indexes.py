"""Indexes: how the newest building of a knowledge base ended, and building it anew."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, StoreDep
from api.errors import not_found
from api.schemas.training import Building, IndexState, JobQueued, TrainingJob
from api.security.callers import AdminCaller
from api.store.tables import Job, KnowledgeBase
from api.worker.jobs import enqueue

router = APIRouter(prefix="/v1/indexes", tags=["administration"])


@router.get("/{kb}")
async def show_index(kb: str, _: AdminCaller, store: StoreDep) -> IndexState:
    """Show which index serves, and how the newest building of one stands or ended."""
    newest = (
        select(Job)
        .where(Job.kind == "index", Job.arguments["kb"].as_string() == kb)
        .order_by(Job.created_at.desc(), Job.id.desc())
        .limit(1)
    )

    def read(session: Session) -> IndexState | None:
        base = session.get(KnowledgeBase, kb)
        if base is None:
            return None
        job = session.scalar(newest)
        return IndexState(kb=kb, kb_version=base.kb_version, job=None if job is None else TrainingJob.of(job))

    state = await store.read(read)
    if state is None:
        raise not_found("This knowledge base")
    return state


@router.post("/{kb}", status_code=202)
async def build_index(kb: str, wanted: Building, admin: AdminCaller, store: StoreDep, clock: ClockDep) -> JobQueued:
    """Queue the building of an index; one that answers worse serves only with a reason, which is logged."""
    arguments = {"kb": kb, **({"reason": wanted.reason} if wanted.reason else {})}

    def queue(session: Session) -> str | None:
        if session.get(KnowledgeBase, kb) is None:
            return None
        return enqueue(session, "index", arguments, requested_by=admin.actor, now=clock.now())

    job_id = await store.write(queue)
    if job_id is None:
        raise not_found("This knowledge base")
    return JobQueued(job_id=job_id)
