"""The worker: one job at a time, and Rasa's processes watched all the while."""

from __future__ import annotations

import errno
import fcntl
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from api.articles.sources import enqueue_due
from api.company import CompanyUnusable, load_company
from api.processes.client import Supervisor, SupervisorUnavailable
from api.processes.places import Places
from api.security.secrets import read_secret
from api.store.database import StoreBusy
from api.store.ids import new_id
from api.worker.erase import erase
from api.worker.fleet import Fleet
from api.worker.index import index
from api.worker.jobs import JobCancelled, JobFailed, Reporter, Work, claim, recover
from api.worker.payoff import predict_payoff
from api.worker.problem_report import enqueue_report, report_problems
from api.worker.promote import Wait, promote
from api.worker.rasa_probe import RasaProbe
from api.worker.report import report
from api.worker.retention import keep_to_terms, schedule
from api.worker.sync import sync_source
from api.worker.train import compare_again, train
from api.worker.workshop import Workshop

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5  # for a queued job, and at Rasa's processes
DUE_EVERY_S = 60.0  # for websites that are to be fetched again, and the day's retention


class WorkerBusy(Exception):
    """Another process of this installation is the worker."""


class Stop(Protocol):
    """Says when to stop, as `threading.Event` does."""

    def is_set(self) -> bool:
        """Say whether to stop now."""

    def wait(self, timeout: float) -> bool:
        """Wait for the wish to stop; return whether it came."""


@contextmanager
def only_worker(places: Places) -> Iterator[None]:
    """Be the one worker of the installation; the kernel lets go of it however this process ends.

    What the worker before was killed over is removed first: nobody else works there, and customers' words may be in it.

    Raises:
        WorkerBusy: another process is.
    """
    with (places.run / "worker.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WorkerBusy("another worker is running") from error
        for abandoned in places.work.iterdir():
            shutil.rmtree(abandoned)
        yield


def serve(workshop: Workshop, stop: threading.Event) -> None:
    """Work until `stop` is set: the life of `deskmate worker`.

    Raises:
        WorkerBusy: another process is the worker.
    """
    with only_worker(workshop.places):
        probe = RasaProbe(read_secret(workshop.places.internal_secret))
        supervisor = Supervisor(workshop.places)
        workshop.probe = probe
        workshop.fleet = Fleet(
            workshop.store,
            workshop.places,
            supervisor,
            probe,
            workshop.clock,
            workshop.settings.rasa_port_base,
            kept_s=workshop.settings.model_kept_s,
        )
        workshop.fleet.forget_candidates()
        for job_id in workshop.store.write_sync(lambda session: recover(session, now=workshop.clock.now())):
            logger.warning("job %s starts again: the worker ended during it", job_id)
        watcher = threading.Thread(target=watch, args=(workshop.fleet, stop), name="fleet", daemon=True)
        watcher.start()
        try:
            work_until(workshop, stop)
        finally:
            stop.set()
            watcher.join(timeout=10)
            probe.close()


def watch(fleet: Fleet, stop: Stop) -> None:
    """Keep Rasa's processes as the database wants them until `stop`; a failure is logged and tried again."""
    while not stop.is_set():
        try:
            fleet.tick()
        except (SupervisorUnavailable, StoreBusy) as error:
            logger.warning("Rasa's processes are not watched: %s", error)
        except Exception:
            logger.exception("Rasa's processes are not watched")
        stop.wait(LOOK_EVERY_S)


def work_until(workshop: Workshop, stop: Stop) -> None:
    """Do the queued jobs, one at a time, until `stop`."""
    name, looked = new_id(), float("-inf")
    while not stop.is_set():
        try:
            if workshop.clock.monotonic() - looked >= DUE_EVERY_S:
                looked = workshop.clock.monotonic()
                workshop.store.write_sync(lambda session: queue_what_is_due(session, workshop.clock.now()))
                workshop.store.write_sync(lambda session: queue_weekly_report(session, workshop))
            work = workshop.store.write_sync(lambda session: claim(session, name, now=workshop.clock.now()))
        except StoreBusy as error:
            logger.warning("no job was taken: %s", error)
            work = None
        if work is None:
            stop.wait(LOOK_EVERY_S)
        else:
            do(workshop, work, Reporter(workshop.store, workshop.clock, work.job_id), stop)


def queue_what_is_due(session: Session, now: datetime) -> None:
    """Queue the work that comes round by the clock."""
    enqueue_due(session, now)
    schedule(session, now=now)


def queue_weekly_report(session: Session, workshop: Workshop) -> None:
    """Queue the report on the last week's recurring problems, where the company can be read."""
    try:
        enqueue_report(session, load_company(workshop.data_dir / "company.yml"), workshop.clock.now())
    except CompanyUnusable as error:
        logger.warning("no weekly report: %s", error)


def do(workshop: Workshop, work: Work, reporter: Reporter, stop: Stop) -> bool:
    """Do one job and write how it ended; return whether well."""
    logger.info("job %s (%s) begins", work.job_id, work.kind)
    try:
        with beating(reporter):
            _do(workshop, work, reporter, stop)
    except JobCancelled as cancelled:
        reporter.cancelled(str(cancelled))
    except JobFailed as error:
        reporter.fail(str(error))
    except OSError as error:
        reporter.fail("the disk is full" if error.errno == errno.ENOSPC else str(error))
    except Exception as error:
        logger.exception("job %s (%s) failed", work.job_id, work.kind)
        reporter.fail(f"{type(error).__name__}: {error}")
    else:
        logger.info("job %s (%s) is done", work.job_id, work.kind)
        return True
    logger.warning("job %s (%s) failed", work.job_id, work.kind)
    return False


def _do(workshop: Workshop, work: Work, reporter: Reporter, stop: Stop) -> None:
    match work.kind:
        case "train":
            train(workshop, work, reporter)
        case "compare":
            compare_again(workshop, work, reporter)
        case "index":
            index(workshop, work, reporter)
        case "report":
            report(workshop, work, reporter)
        case "sync":
            sync_source(workshop, work, reporter)
        case "problems":
            report_problems(workshop, work, reporter)
        case "payoff":
            predict_payoff(workshop, work, reporter)
        case "promote":
            promote(workshop, work, reporter, waiting(stop))
        case "erase":
            erase(workshop, work, reporter)
        case "retention":
            keep_to_terms(workshop, work, reporter)
        case _:
            raise JobFailed(f"there is no work of kind {work.kind!r}")


@contextmanager
def beating(reporter: Reporter, *, every_s: float = 5.0) -> Iterator[None]:
    """Show in the job's row that it still runs, however long one of its steps takes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(every_s):
            try:
                reporter.beat()
            except StoreBusy as error:
                logger.warning("no heartbeat written: %s", error)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def waiting(stop: Stop) -> Wait:
    """Return a function that waits for a condition, and gives up when `stop` is set."""

    def wait(condition: Callable[[], bool], limit_s: float) -> bool:
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if condition():
                return True
            if stop.wait(LOOK_EVERY_S):
                raise SystemExit(0)  # the job stays "running" and starts again with the next worker
        return condition()

    return wait
