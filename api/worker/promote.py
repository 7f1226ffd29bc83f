"""Putting a model into service without a pause: start a second process, probe it, move the pointer, drain the first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.security.audit import record_audit
from api.store.tables import Model, RasaProcess
from api.worker.fleet import Fleet
from api.worker.jobs import JobFailed, Reporter, Work
from api.worker.models import ModelRefused, loadable_archive
from api.worker.pointer import serve_model, warm_process
from api.worker.rasa_probe import ProbeFailed, RasaProbe
from api.worker.workshop import Workshop

logger = logging.getLogger(__name__)

START_LIMIT_S = 180.0  # a start takes 15 to 40 s on two cores, more while chats go on
DRAIN_LIMIT_S = 60.0


class Wait(Protocol):
    """Waits until a condition holds."""

    def __call__(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Return whether it came to hold within the limit."""


def promote(workshop: Workshop, work: Work, reporter: Reporter, wait: Wait) -> None:
    """Make `work.arguments["version"]` the serving model; without a process manager only the pointer moves.

    Raises:
        JobFailed: the model may not serve or its process does not answer; what serves is untouched.
    """
    version = str(work.arguments.get("version") or "")
    actor = work.requested_by or "cli"
    reporter.stage("Checking the archive", 0.05)
    check_loadable(workshop, version)
    fleet, probe = workshop.fleet, workshop.probe
    if fleet is None or probe is None:
        workshop.store.write_sync(lambda session: move_pointer(session, workshop, version, None, actor))
        reporter.log(f"Model {version} serves from the next start on.")
        reporter.finish({"model_version": version})
        return
    process_id = _warm(workshop, version, probe) or _candidate(workshop, version, fleet, probe, reporter, wait)
    reporter.stage("Switching", 0.85)
    workshop.store.write_sync(lambda session: move_pointer(session, workshop, version, process_id, actor))
    reporter.log(f"Model {version} serves.")
    reporter.stage("Letting the earlier process finish its turns", 0.9)
    if not wait(lambda: workshop.store.read_sync(_none_draining), DRAIN_LIMIT_S):
        reporter.log("The earlier process is still ending.")
    reporter.finish({"model_version": version})


def _warm(workshop: Workshop, version: str, probe: RasaProbe) -> str | None:
    """Return the id of a process that still runs this model from before and answers, or None."""
    kept = workshop.store.read_sync(warm_process)
    if kept is None or kept.model_version != version:
        return None
    try:
        probe.check_turn(kept.url, version)
    except ProbeFailed as error:
        why, process_id = str(error), kept.id
        workshop.store.write_sync(lambda session: _give_up(session, process_id, why))
        return None
    return kept.id


def _candidate(workshop: Workshop, version: str, fleet: Fleet, probe: RasaProbe, reporter: Reporter, wait: Wait) -> str:
    """Start a second process with this model and return its id once it answers.

    Raises:
        JobFailed: it does not; it is given up.
    """
    reporter.stage("Starting a second Rasa process", 0.1)
    process_id = fleet.start_candidate(version)
    try:
        if not wait(lambda: fleet.answers(process_id), START_LIMIT_S):
            raise JobFailed(f"the process with model {version} was not ready within {START_LIMIT_S:.0f} s")
        reporter.stage("Probing it", 0.8)
        url = workshop.store.read_sync(lambda session: session.get_one(RasaProcess, process_id).url)
        probe.check_turn(url, version)
    except Exception as error:
        why = str(error)
        workshop.store.write_sync(lambda session: _give_up(session, process_id, why))
        if isinstance(error, ProbeFailed):
            raise JobFailed(why) from error
        raise
    return process_id


def check_loadable(workshop: Workshop, version: str) -> None:
    """Refuse a model that is unknown, damaged, or made for another encoder, before anything loads it.

    Raises:
        JobFailed: it is one of those; the model's row says why, for the administrator.
    """
    if workshop.store.read_sync(lambda session: session.get(Model, version)) is None:
        raise JobFailed(f"there is no model {version!r}")
    try:
        loadable_archive(workshop.places, version)
    except ModelRefused as refusal:
        why = str(refusal)
        workshop.store.write_sync(lambda session: _refuse(session, workshop, version, why))
        raise JobFailed(f"model {version} is refused: {why}") from refusal


def move_pointer(session: Session, workshop: Workshop, version: str, process_id: str | None, actor: str) -> None:
    """Make `version` the serving model, as `serve_model`, now."""
    serve_model(session, version, process_id, actor=actor, now=workshop.clock.now())


def _refuse(session: Session, workshop: Workshop, version: str, why: str) -> None:
    model = session.get_one(Model, version)
    model.note = why
    if model.state != "serving":
        model.state = "refused"
    record_audit(session, "worker", "refuse_model", at=workshop.clock.now(), subject=version, successful=False)


def _give_up(session: Session, process_id: str, why: str) -> None:
    row = session.get_one(RasaProcess, process_id)
    row.state, row.note = "gone", why[:500]


def _none_draining(session: Session) -> bool:
    return session.scalar(select(RasaProcess.id).where(RasaProcess.state == "draining").limit(1)) is None
