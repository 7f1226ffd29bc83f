"""Going back to the model that served before: at once while its process is warm, else by starting one.

The return does not wait for the worker, which may be training: one transaction moves the pointer and the turns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.clock import Clock
from api.store.database import Store
from api.store.ids import new_id
from api.store.tables import Job
from api.worker.jobs import enqueue
from api.worker.pointer import serve_model, warm_process
from api.worker.rasa_probe import ProbeFailed
from api.worker.registry import previous_model

# Said for the job, so that the rehearsal tells what it finds but cannot keep a model out that has served already.
REASON = "a return to the model that served before"

CheckTurn = Callable[[str, str], None]  # url, model version; raises ProbeFailed


class NothingBefore(Exception):
    """No other model served before this one."""


@dataclass(frozen=True, slots=True)
class Return:
    """How a return to the earlier model goes.

    Attributes:
        version: the earlier model.
        job_id: the job that tells how it went, or goes.
        at_once: whether it serves already.
    """

    version: str
    job_id: str
    at_once: bool


def roll_back(store: Store, clock: Clock, check_turn: CheckTurn, *, actor: str) -> Return:
    """Let the model serve again that served before this one.

    Args:
        store: the database.
        clock: the clock.
        check_turn: has a process understand one message.
        actor: for the audit log.

    Raises:
        NothingBefore: there is none.
    """
    warm = store.read_sync(warm_process)
    if warm is not None:
        try:
            check_turn(warm.url, warm.model_version)
        except ProbeFailed:
            warm = None
    if warm is not None:
        process_id, version = warm.id, warm.model_version
        job_id = store.write_sync(lambda session: _return_to(session, process_id, version, clock, actor))
        if job_id is not None:
            return Return(version, job_id, at_once=True)
    return store.write_sync(lambda session: _queue(session, clock, actor))


def _return_to(session: Session, process_id: str, version: str, clock: Clock, actor: str) -> str | None:
    """Give the turns back to a warm process; None when it is not the one to return to any more."""
    found = warm_process(session)
    if found is None or found.id != process_id:
        return None
    now = clock.now()
    serve_model(session, version, process_id, actor=actor, now=now)
    job = Job(
        id=new_id(),
        kind="promote",
        state="done",
        stage="Switched",
        progress=1.0,
        log=f"Model {version} serves again: its process was still warm.\n",
        arguments={"version": version},
        outcome={"model_version": version},
        requested_by=actor,
        created_at=now,
        started_at=now,
        finished_at=now,
    )
    session.add(job)
    return job.id


def _queue(session: Session, clock: Clock, actor: str) -> Return:
    version = previous_model(session)
    if version is None:
        raise NothingBefore
    arguments = {"version": version, "reason": REASON}
    job_id = enqueue(session, "promote", arguments, requested_by=actor, now=clock.now())
    return Return(version, job_id, at_once=False)
