"""Putting a model into service without a pause: start a second process, probe it, move the pointer, drain the first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.security.audit import record_audit
from api.store.tables import Model, RasaProcess
from api.worker.fleet import Fleet
from api.worker.golden import Golden, read_golden
from api.worker.jobs import JobFailed, Reporter, Work
from api.worker.models import ModelRefused, loadable_archive
from api.worker.pointer import ProcessGone, serve_model, warm_process
from api.worker.rasa_probe import ProbeFailed, RasaProbe
from api.worker.rehearsal import Performed, memory_of, objections, perform
from api.worker.snapshot import known
from api.worker.trial import Routes, routes_of
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
    actor, reason = work.requested_by or "cli", str(work.arguments.get("reason") or "")
    reporter.stage("Checking the archive", 0.05)
    check_loadable(workshop, version)
    fleet, probe = workshop.fleet, workshop.probe
    if fleet is None or probe is None:
        workshop.store.write_sync(lambda session: move_pointer(session, workshop, version, None, actor, reason))
        reporter.log(f"Model {version} serves from the next start on.")
        reporter.finish({"model_version": version})
        return
    promotion = _Promotion(workshop, fleet, probe, reporter, version, reason)
    process_id = promotion.kept() or promotion.started(wait)
    reporter.stage("Switching", 0.85)
    try:
        workshop.store.write_sync(lambda session: move_pointer(session, workshop, version, process_id, actor, reason))
    except ProcessGone as error:
        raise JobFailed(f"the process with model {version} ended before it could take turns") from error
    reporter.log(f"Model {version} serves.")
    reporter.stage("Letting the earlier process finish its turns", 0.9)
    if not wait(lambda: workshop.store.read_sync(_none_draining), DRAIN_LIMIT_S):
        reporter.log("The earlier process is still ending.")
    reporter.finish({"model_version": version})


@dataclass(frozen=True, slots=True)
class _Promotion:
    """A process with the new model, found or started, and looked at before it takes turns."""

    workshop: Workshop
    fleet: Fleet
    probe: RasaProbe
    reporter: Reporter
    version: str
    reason: str

    def kept(self) -> str | None:
        """Return the id of a process that still runs this model from before and answers, or None."""
        kept = self.workshop.store.read_sync(warm_process)
        if kept is None or kept.model_version != self.version:
            return None
        try:
            self.probe.check_turn(kept.url, self.version)
        except ProbeFailed as error:
            self._give_up(kept.id, str(error))
            return None
        return kept.id

    def started(self, wait: Wait) -> str:
        """Start a second process with this model and return its id once it does as well as the serving one.

        Raises:
            JobFailed: it does not answer, or does worse and no reason was given; it is given up.
        """
        self.reporter.stage("Starting a second Rasa process", 0.1)
        process_id = self.fleet.start_candidate(self.version)
        try:
            if not wait(lambda: self.fleet.answers(process_id), START_LIMIT_S):
                raise JobFailed(f"the process with model {self.version} was not ready within {START_LIMIT_S:.0f} s")
            self.reporter.stage("Probing it", 0.8)
            new, serving = self.workshop.store.read_sync(lambda session: _both(session, process_id))
            self.probe.check_turn(new.url, self.version)
            self._rehearse(new, serving)
        except Exception as error:
            self._give_up(process_id, str(error))
            if isinstance(error, ProbeFailed):
                raise JobFailed(str(error)) from error
            raise
        return process_id

    def _rehearse(self, new: RasaProcess, serving: RasaProcess | None) -> None:
        """Compare the new process with the serving one; a reason lets a worse one pass."""
        self.reporter.stage("Rehearsing golden messages", 0.82)
        routes = self.workshop.store.read_sync(lambda session: routes_of(known(session).intents))
        golden = read_golden(self.workshop.data_dir)
        if not golden or not routes:
            return
        performed = self._perform(new, golden, routes)
        self.reporter.log(f"New process: {performed.line}.")
        before = None
        if serving is not None:
            try:
                before = self._perform(serving, golden, routes)
                self.reporter.log(f"Serving process: {before.line}.")
            except ProbeFailed as error:
                self.reporter.log(f"The serving process was not compared: {error}")
        against = objections(performed, before)
        if against and not self.reason:
            raise JobFailed("it did not pass its rehearsal: " + "; ".join(against))
        for line in against:
            self.reporter.log(f"Promoted all the same: {line}.")

    def _perform(self, row: RasaProcess, golden: Sequence[Golden], routes: Routes) -> Performed:
        memory = memory_of(self.fleet.pid_of(row.id))
        return perform(self.probe, row.url, row.model_version, golden, routes, memory)

    def _give_up(self, process_id: str, why: str) -> None:
        def write(session: Session) -> None:
            row = session.get_one(RasaProcess, process_id)
            row.state, row.note = "gone", why[:500]

        self.workshop.store.write_sync(write)


def _both(session: Session, process_id: str) -> tuple[RasaProcess, RasaProcess | None]:
    serving = session.scalar(select(RasaProcess).where(RasaProcess.state == "ready").limit(1))
    return session.get_one(RasaProcess, process_id), serving


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


def move_pointer(
    session: Session, workshop: Workshop, version: str, process_id: str | None, actor: str, reason: str = ""
) -> None:
    """Make `version` the serving model, as `serve_model`, now."""
    serve_model(session, version, process_id, actor=actor, now=workshop.clock.now(), reason=reason)


def _refuse(session: Session, workshop: Workshop, version: str, why: str) -> None:
    model = session.get_one(Model, version)
    model.note = why
    if model.state != "serving":
        model.state = "refused"
    record_audit(session, "worker", "refuse_model", at=workshop.clock.now(), subject=version, successful=False)


def _none_draining(session: Session) -> bool:
    return session.scalar(select(RasaProcess.id).where(RasaProcess.state == "draining").limit(1)) is None
