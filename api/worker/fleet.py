"""Keeping Rasa's processes as the database wants them.

The pointer `serving("model")` names the model; `rasa_process` rows are what turns are routed by. One `tick` compares
rows, pointer and what the process manager runs, and takes one step towards agreement. It remembers nothing that
matters, so a worker that is killed at any moment leaves a state from which the next tick goes on.

A row's life: starting -> ready -> draining -> warm -> gone (`api/worker/lifecycle.py`). A row whose note is `candidate`
belongs to a promotion: it is started and probed like any other, but only the promotion's own transaction makes it
ready.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.clock import Clock
from api.processes.client import Running
from api.processes.config import Program, rasa_program
from api.processes.places import Places
from api.security.audit import record_audit
from api.store.database import Store
from api.store.ids import new_id
from api.store.tables import Model, RasaProcess, Serving
from api.worker.lifecycle import due_changes
from api.worker.models import ModelRefused, loadable_archive
from api.worker.pointer import CANDIDATE

logger = logging.getLogger(__name__)

PREFIX = "rasa-"
CANNOT_START = frozenset({"BACKOFF", "EXITED", "FATAL"})
PROBE_EVERY_S = 2.0  # of a ready process; a starting one is asked at every tick
FAILURES_BEFORE_STARTING = 2  # a probe may be late behind a long turn
HUNG_AFTER_S = 60.0  # a process that was ready and answers nothing for this long is killed and started again


class Processes(Protocol):
    """What the fleet needs of the process manager."""

    def running(self) -> list[Running]:
        """Return every program it knows."""

    def add(self, program: Program) -> None:
        """Start a program and keep it running."""

    def remove(self, name: str) -> bool:
        """Ask a program to end; return whether it is gone."""


class Probe(Protocol):
    """What the fleet needs to know of a Rasa process."""

    def ready(self, url: str, model_version: str) -> bool:
        """Say whether the process at `url` answers with this model."""


@dataclass(slots=True)
class _Watch:
    """What was seen of one process; only to save probes and to notice a hung one."""

    pid: int | None = None
    asked_at: float = float("-inf")
    answered_at: float | None = None  # None until its first answer since it was started
    failures: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    model_version: str
    url: str
    state: str
    candidate: bool

    @property
    def program(self) -> str:
        return PREFIX + self.id


@dataclass(slots=True)
class Fleet:
    """The Rasa processes of one installation."""

    store: Store
    places: Places
    processes: Processes
    probe: Probe
    clock: Clock
    port_base: int
    kept_s: float = 0.0  # a process that was replaced stays warm for this long, for a way back within seconds
    kill: Callable[[int, int], None] = os.kill
    _watched: dict[str, _Watch] = field(default_factory=dict)

    def forget_candidates(self) -> None:
        """Give up what a promotion left that a killed worker was at; only for the one worker, before it begins."""
        self.store.write_sync(
            lambda session: session.execute(
                update(RasaProcess)
                .where(RasaProcess.state != "gone", RasaProcess.note == CANDIDATE)
                .values(state="gone", note="its promotion was interrupted")
            )
        )

    def tick(self) -> None:
        """Take one step towards what the database wants."""
        self._drain_what_is_over()
        self._start_what_is_missing()
        rows = self.store.read_sync(_living)
        seen = {program.name: program for program in self.processes.running() if program.name.startswith(PREFIX)}
        for row in rows:
            if row.state == "draining":
                continue
            if row.state == "warm":
                self._check_warm(row, seen.get(row.program))
            elif row.program not in seen:
                port = int(row.url.rpartition(":")[2])
                self.processes.add(rasa_program(self.places, row.program, model_version=row.model_version, port=port))
                self._set_state(row, "starting")
            else:
                self._look_at(row, seen[row.program])
        for name in set(seen) - {row.program for row in rows}:
            self.processes.remove(name)
            self._watched.pop(name, None)

    def start_candidate(self, model_version: str) -> str:
        """Ask for a second process with this model and return its id; the next ticks start it."""
        return self.store.write_sync(lambda session: self._insert(session, model_version, CANDIDATE))

    def answers(self, process_id: str) -> bool:
        """Say whether a process answered its latest probe."""
        watch = self._watched.get(PREFIX + process_id)
        return watch is not None and watch.answered_at is not None and watch.failures == 0

    def pid_of(self, process_id: str) -> int | None:
        """Return the operating system's id of a process, or None while it does not run."""
        name = PREFIX + process_id
        return next((program.pid for program in self.processes.running() if program.name == name), None)

    def _drain_what_is_over(self) -> None:
        now, kept = self.clock.now(), timedelta(seconds=self.kept_s)
        changes = self.store.read_sync(lambda session: due_changes(session, now=now, kept=kept))

        def write(session: Session) -> None:
            for process_id, (before, after) in changes.items():
                session.execute(
                    update(RasaProcess)
                    .where(RasaProcess.id == process_id, RasaProcess.state == before)
                    .values(state=after, heartbeat_at=now)
                )

        if changes:
            self.store.write_sync(write)

    def _start_what_is_missing(self) -> None:
        wanted = self.store.read_sync(_version_without_process)
        if wanted is not None and self._is_loadable(wanted):
            self.store.write_sync(lambda session: self._insert(session, wanted, None))

    def _is_loadable(self, version: str) -> bool:
        """Check a model's files; one that is damaged is marked, and the model before it takes its place."""
        try:
            loadable_archive(self.places, version)
        except ModelRefused as refusal:
            logger.error("model %s is refused: %s", version, refusal)
            why = str(refusal)
            self.store.write_sync(lambda session: self._refuse(session, version, why))
            return False
        return True

    def _refuse(self, session: Session, version: str, why: str) -> None:
        """Mark a model that cannot be loaded, and serve the one before it, if there is one to serve."""
        now = self.clock.now()
        model = session.get(Model, version)
        already_known = model is not None and model.state == "refused"
        if model is not None:
            model.state, model.note = "refused", why
        if not already_known:
            record_audit(session, "worker", "refuse_model", at=now, subject=version, successful=False)
        for row in session.scalars(select(RasaProcess).where(RasaProcess.model_version == version)):
            if row.state == "starting":
                row.state, row.note = "gone", why[:500]
        pointer = session.get_one(Serving, "model")
        if pointer.value != version:
            return
        previous = session.get(Model, pointer.previous) if pointer.previous else None
        if previous is not None and previous.state != "refused" and previous.version != version:
            pointer.value, pointer.previous, pointer.updated_at = previous.version, None, now
            previous.state = "serving"

    def _insert(self, session: Session, version: str, note: str | None) -> str:
        taken = {row.url for row in session.scalars(select(RasaProcess).where(RasaProcess.state != "gone"))}
        row = RasaProcess(
            id=new_id(),
            model_version=version,
            url=f"http://127.0.0.1:{_free_port(self.port_base, taken)}",
            state="starting",
            started_at=self.clock.now(),
            note=note,
        )
        session.add(row)
        return row.id

    def _look_at(self, row: _Row, program: Running) -> None:
        watch = self._watched.setdefault(row.program, _Watch())
        if program.pid != watch.pid:  # started again since we last looked
            self._watched[row.program] = watch = _Watch(pid=program.pid)
        if program.pid is None:
            self._set_state(row, "starting")
            if program.state in CANNOT_START:  # its launcher may have refused the archive, which was whole before
                self._is_loadable(row.model_version)
            return
        now = self.clock.monotonic()
        if row.state == "ready" and watch.failures == 0 and now - watch.asked_at < PROBE_EVERY_S:
            return
        watch.asked_at = now
        if self.probe.ready(row.url, row.model_version):
            watch.answered_at, watch.failures = self.clock.monotonic(), 0
            self._set_state(row, "ready")
            return
        watch.failures += 1
        if watch.answered_at is None or watch.failures >= FAILURES_BEFORE_STARTING:
            self._set_state(row, "starting")
        if watch.answered_at is not None and now - watch.answered_at > HUNG_AFTER_S:
            logger.error("Rasa process %s (pid %d) hangs: it is killed and started again", row.id, program.pid)
            self.kill(program.pid, signal.SIGKILL)

    def _check_warm(self, row: _Row, program: Running | None) -> None:
        """Give up a kept process that ended or answers no more: nobody waits for it."""
        watch = self._watched.setdefault(row.program, _Watch(pid=program.pid if program else None))
        if program is None or program.pid is None or program.pid != watch.pid:
            self._set_state(row, "gone")
            return
        now = self.clock.monotonic()
        if now - watch.asked_at < PROBE_EVERY_S:
            return
        watch.asked_at = now
        watch.failures = 0 if self.probe.ready(row.url, row.model_version) else watch.failures + 1
        if watch.failures >= FAILURES_BEFORE_STARTING:
            self._set_state(row, "gone")

    def _set_state(self, row: _Row, state: str) -> None:
        """Write what was seen; a candidate is made ready by its promotion alone."""
        values: dict[str, object] = {}
        if state == "ready":
            values["heartbeat_at"] = self.clock.now()
        if state != row.state and not (row.candidate and state == "ready"):
            values["state"] = state
            logger.info("Rasa process %s with model %s: %s -> %s", row.id, row.model_version, row.state, state)
        if not values:
            return
        self.store.write_sync(
            lambda session: session.execute(
                # Only if nothing else moved it meanwhile: a promotion may have made it draining.
                update(RasaProcess).where(RasaProcess.id == row.id, RasaProcess.state == row.state).values(**values)
            )
        )


def _living(session: Session) -> list[_Row]:
    rows = session.scalars(select(RasaProcess).where(RasaProcess.state != "gone").order_by(RasaProcess.started_at))
    return [_Row(row.id, row.model_version, row.url, row.state, row.note == CANDIDATE) for row in rows]


def _pointer(session: Session) -> str | None:
    serving = session.get(Serving, "model")
    return serving.value if serving else None


def _version_without_process(session: Session) -> str | None:
    wanted = _pointer(session)
    if wanted is None:
        return None
    there = session.scalar(
        select(RasaProcess.id).where(
            RasaProcess.model_version == wanted,
            RasaProcess.state.in_(("starting", "ready")),
            RasaProcess.note.is_distinct_from(CANDIDATE),
        )
    )
    return None if there else wanted


def _free_port(base: int, taken: set[str]) -> int:
    for port in range(base, min(base + 200, 65_536)):
        if f"http://127.0.0.1:{port}" in taken:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port for Rasa between {base} and {base + 199}")
