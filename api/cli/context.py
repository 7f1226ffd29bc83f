"""What commands work on: the settings, the folders and, where it is needed, the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer
from pydantic import ValidationError

from api.cli.problems import Problem
from api.processes.places import Places
from api.settings import Settings

if TYPE_CHECKING:
    from api.worker.jobs import Reporter, Work
    from api.worker.workshop import Workshop


def say(line: str = "") -> None:
    """Print one line at once."""
    typer.echo(line)


def read_settings() -> Settings:
    """Return the settings of the environment.

    Raises:
        Problem: one of them has a value it may not have.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"DESKMATE_{'_'.join(str(part) for part in first['loc']).upper()}"
        raise Problem(f"{name}: {first['msg']}") from error


def places(settings: Settings | None = None) -> Places:
    """Return the installation's folders, made if they are missing."""
    found = Places.of(settings or read_settings())
    found.make()
    return found


def workshop(settings: Settings | None = None) -> Workshop:
    """Return the installation with its migrated database and its secrets."""
    from api.clock import Clock
    from api.security.secrets import ensure_secrets
    from api.store.database import Store
    from api.store.migrate import migrate
    from api.worker.workshop import Workshop

    settings = settings or read_settings()
    found = places(settings)
    ensure_secrets(settings.secrets_dir)
    store = Store(settings.database)
    migrate(store)
    return Workshop(settings, found, store, Clock())


def run_job(shop: Workshop, kind: str, arguments: dict[str, object]) -> dict[str, object]:
    """Queue a job and see it through: in the running worker, else here. Prints its log; returns its outcome.

    Raises:
        Problem: the job failed.
    """
    from api.worker.jobs import enqueue

    job_id = shop.store.write_sync(
        lambda session: enqueue(session, kind, arguments, requested_by="cli", now=shop.clock.now())
    )
    return follow_job(shop, job_id)


def follow_job(shop: Workshop, job_id: str) -> dict[str, object]:
    """See a queued job through as `run_job` does.

    Raises:
        Problem: the job failed.
    """
    from api.store.tables import Job

    follow(shop, job_id)
    job = shop.store.read_sync(lambda session: session.get_one(Job, job_id))
    if job.state != "done":
        raise Problem(job.log.rstrip().rpartition("Failed: ")[2] or "The job failed.")
    return dict(job.outcome or {})


def follow(shop: Workshop, job_id: str) -> None:
    """Print a job's log until it has ended, doing it here whenever no worker runs."""
    import time

    from api.worker.service import WorkerBusy, only_worker

    shown = 0
    while True:
        try:
            with only_worker(shop.places):
                _do_here(shop, job_id)
                return
        except WorkerBusy:
            shown, over = _show(shop, job_id, shown)
        if over:
            return
        time.sleep(0.5)


def _do_here(shop: Workshop, job_id: str) -> None:
    import threading

    from api.store.ids import new_id
    from api.store.tables import Job
    from api.worker.jobs import Reporter, claim, recover
    from api.worker.service import do

    never, name = threading.Event(), new_id()
    shop.store.write_sync(lambda session: recover(session, now=shop.clock.now()))
    while shop.store.read_sync(lambda session: session.get_one(Job, job_id).state) in {"queued", "running"}:
        work: Work | None = shop.store.write_sync(lambda session: claim(session, name, now=shop.clock.now()))
        if work is None:
            return
        watch: Callable[[str], None] | None = _indented if work.job_id == job_id else None
        reporter: Reporter = Reporter(shop.store, shop.clock, work.job_id, watch)
        do(shop, work, reporter, never)


def _show(shop: Workshop, job_id: str, shown: int) -> tuple[int, bool]:
    """Print the log's new lines; return how many it has and whether the job has ended."""
    from api.store.tables import Job

    job = shop.store.read_sync(lambda session: session.get_one(Job, job_id))
    lines = job.log.splitlines()
    for line in lines[shown:]:
        _indented(line)
    return len(lines), job.state in {"done", "failed", "cancelled"}


def _indented(line: str) -> None:
    say(f"  {line}")
