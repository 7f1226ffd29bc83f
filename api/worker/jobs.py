"""The queue of long work: rows of `job`, one running at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.clock import Clock
from api.store.database import Store
from api.store.ids import new_id
from api.store.tables import Job, Json

LONGEST_LOG = 200_000  # characters; older lines are dropped from the front
MOST_STARTS = 3  # a job that took the worker down with it this often is given up


MAY_BE_CANCELLED = frozenset({"train", "compare", "index", "promote", "report", "sync", "problems", "payoff"})
CANCEL = "cancel"  # in a running job's outcome: who wants it to end


class JobFailed(Exception):
    """A job cannot be finished; the message is one line for the administrator."""


class JobCancelled(JobFailed):
    """Somebody does not want the job any more; the message says who."""


class NotCancellable(Exception):
    """The job has ended, or is of a kind that is never left half done; the message says which."""


@dataclass(frozen=True, slots=True)
class Work:
    """A job that was claimed."""

    job_id: str
    kind: str
    arguments: Mapping[str, Json]
    requested_by: str | None


def enqueue(
    session: Session,
    kind: str,
    arguments: Mapping[str, Json] | None = None,
    *,
    requested_by: str | None = None,
    now: datetime,
) -> str:
    """Queue long work and return its job id; the same work waiting already is not queued twice.

    Args:
        session: the transaction to queue it in.
        kind: train | compare | index | promote.
        arguments: plain JSON values.
        requested_by: the actor, such as `agent:<id>`.
        now: aware.
    """
    wanted = dict(arguments or {})
    for waiting in session.scalars(select(Job).where(Job.kind == kind, Job.state == "queued")):
        if waiting.arguments == wanted:
            return waiting.id
    job = Job(id=new_id(), kind=kind, arguments=wanted, requested_by=requested_by, created_at=now)
    session.add(job)
    return job.id


def claim(session: Session, worker: str, *, now: datetime) -> Work | None:
    """Take the oldest waiting job, or None when nothing waits."""
    job = session.scalar(select(Job).where(Job.state == "queued").order_by(Job.created_at, Job.id).limit(1))
    if job is None:
        return None
    job.state, job.worker, job.started_at, job.heartbeat_at = "running", worker, now, now
    job.outcome = {"starts": _starts(job) + 1}
    return Work(job.id, job.kind, dict(job.arguments), job.requested_by)


def cancel(session: Session, job_id: str, *, by: str, now: datetime) -> Job | None:
    """End a job that waits, or ask a running one to end at its next step; None when there is no such job.

    Raises:
        NotCancellable: it has ended, or may not be left half done.
    """
    job = session.get(Job, job_id)
    if job is None:
        return None
    if job.state not in {"queued", "running"}:
        raise NotCancellable("This job has ended already.")
    if job.kind not in MAY_BE_CANCELLED:
        raise NotCancellable("This job is never left half done.")
    if job.state == "queued":
        _finish(job, "cancelled", f"Cancelled by {by}.", now=now)
    else:
        job.outcome = {**(job.outcome or {}), CANCEL: by}
        job.log = _longer(job.log, "It is to end at its next step.")
    return job


def recover(session: Session, *, now: datetime) -> list[str]:
    """Queue again what a worker that is gone was at, and return the ids; only for the one worker, before it begins."""
    again = []
    for job in session.scalars(select(Job).where(Job.state == "running")):
        if by := (job.outcome or {}).get(CANCEL):
            _finish(job, "cancelled", f"Cancelled by {by}.", now=now)
            continue
        if _starts(job) >= MOST_STARTS:
            _finish(job, "failed", f"Given up: the worker ended {MOST_STARTS} times during this job.", now=now)
            continue
        job.state, job.worker, job.progress, job.stage = "queued", None, 0.0, ""
        job.log = _longer(job.log, "The worker was restarted; this job starts again.")
        again.append(job.id)
    return again


def _starts(job: Job) -> int:
    return int((job.outcome or {}).get("starts", 0))


class Reporter:
    """Tells how a job goes: in its row, and to whoever watches.

    Args:
        store: the database.
        clock: the clock.
        job_id: the job.
        watch: called with each new line, such as the command line's print.
    """

    def __init__(self, store: Store, clock: Clock, job_id: str, watch: Callable[[str], None] | None = None) -> None:
        self._store = store
        self._clock = clock
        self.job_id = job_id
        self._watch = watch

    def stage(self, name: str, progress: float) -> None:
        """Enter a stage.

        Args:
            name: a few words for people.
            progress: of the whole job, 0..1.

        Raises:
            JobCancelled: somebody does not want the job any more.
        """

        def write(session: Session) -> bool:
            job = session.get_one(Job, self.job_id)
            if job.state == "running" and (by := (job.outcome or {}).get(CANCEL)):
                raise JobCancelled(f"Cancelled by {by}.")
            changed = job.stage != name
            job.stage, job.progress, job.heartbeat_at = name, min(max(progress, 0.0), 1.0), self._clock.now()
            if changed:
                job.log = _longer(job.log, name)
            return changed

        if self._store.write_sync(write) and self._watch:
            self._watch(name)

    def log(self, line: str) -> None:
        """Add a line to the job's log."""

        def write(session: Session) -> None:
            job = session.get_one(Job, self.job_id)
            job.log, job.heartbeat_at = _longer(job.log, line), self._clock.now()

        self._store.write_sync(write)
        if self._watch:
            self._watch(line)

    def beat(self) -> None:
        """Say that the job still runs."""
        now = self._clock.now()
        self._store.write_sync(
            lambda session: session.execute(update(Job).where(Job.id == self.job_id).values(heartbeat_at=now))
        )

    def finish(self, outcome: Json = None, comparison: Json = None) -> None:
        """End the job well."""

        def write(session: Session) -> None:
            job = session.get_one(Job, self.job_id)
            job.comparison = comparison
            job.outcome = {**(job.outcome or {}), **(outcome or {})}
            job.progress = 1.0
            _finish(job, "done", "Done.", now=self._clock.now())

        self._store.write_sync(write)

    def cancelled(self, line: str) -> None:
        """End the job because somebody wanted that."""
        now = self._clock.now()
        self._store.write_sync(lambda session: _finish(session.get_one(Job, self.job_id), "cancelled", line, now=now))
        if self._watch:
            self._watch(line)

    def fail(self, why: str) -> None:
        """End the job badly, with one line for the administrator."""

        def write(session: Session) -> None:
            _finish(session.get_one(Job, self.job_id), "failed", f"Failed: {why}", now=self._clock.now())

        self._store.write_sync(write)
        if self._watch:
            self._watch(f"Failed: {why}")


def _finish(job: Job, state: str, line: str, *, now: datetime) -> None:
    job.state, job.finished_at, job.heartbeat_at = state, now, now
    job.log = _longer(job.log, line)


def _longer(log: str, line: str) -> str:
    return (log + line.rstrip("\n") + "\n")[-LONGEST_LOG:]
