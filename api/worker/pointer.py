"""The pointer `serving("model")`: which model serves, which served before, and the processes that follow it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.security.audit import record_audit
from api.store.tables import Model, RasaProcess, Serving

CANDIDATE = "candidate"  # note of a process that belongs to a promotion


class ProcessGone(Exception):
    """The process that was to take the turns is given up by now."""


def serve_model(
    session: Session, version: str, process_id: str | None, *, actor: str, now: datetime, reason: str = ""
) -> None:
    """Make `version` the serving model in one transaction.

    Args:
        session: the transaction.
        version: a model that was checked.
        process_id: its process, which takes turns from now on; None when none runs.
        actor: for the audit log.
        now: aware.
        reason: why it serves although its gate refused it; it is logged.

    Raises:
        ProcessGone: `process_id` was given up meanwhile; nothing may be written.
    """
    pointer = session.get(Serving, "model")
    if pointer is None:
        pointer = Serving(name="model", value=None, previous=None, updated_at=now)
        session.add(pointer)
    if pointer.value != version:
        pointer.value, pointer.previous, pointer.updated_at = version, pointer.value, now
    for model in session.scalars(select(Model).where(Model.state == "serving", Model.version != version)):
        model.state = "retired"
    model = session.get_one(Model, version)
    model.state, model.promoted_at = "serving", now
    if process_id is not None:
        _route_to(session, process_id, now)
    details = {"before": pointer.previous, **({"reason": reason} if reason else {})}
    record_audit(session, actor, "promote_model", at=now, subject=version, details=details)


def _route_to(session: Session, process_id: str, now: datetime) -> None:
    """Send turns to one process; those that took them finish what they have."""
    living = session.scalars(select(RasaProcess).where(RasaProcess.state != "gone")).all()
    if all(row.id != process_id for row in living):
        raise ProcessGone(process_id)
    for row in living:
        if row.id == process_id:
            row.state, row.note, row.heartbeat_at = "ready", None, now
        elif row.state in {"starting", "ready"} and row.note != CANDIDATE:
            row.state, row.heartbeat_at = "draining", now


def warm_process(session: Session) -> RasaProcess | None:
    """Return the process that still runs the model that served before, or None when a return would start one."""
    pointer = session.get(Serving, "model")
    if pointer is None or pointer.previous is None:
        return None
    return session.scalar(
        select(RasaProcess)
        .where(RasaProcess.model_version == pointer.previous, RasaProcess.state.in_(("warm", "draining")))
        .order_by(RasaProcess.started_at.desc())
        .limit(1)
    )
