"""When a Rasa process's time has come: replaced, drained, kept warm for a way back, gone.

A process that another model has replaced finishes its turns (`draining`) and is then kept for a while (`warm`): it
takes no turns, but `deskmate model rollback` gives them back to it at once. Only the process of the model that served
last is kept, and none while a promotion starts a process of its own, so that there are never more than two.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import RasaProcess, Serving, Turn
from api.worker.pointer import CANDIDATE

DRAIN_LIMIT = timedelta(seconds=30)  # longer than the longest turn (12 s) with a retry


def due_changes(session: Session, *, now: datetime, kept: timedelta) -> dict[str, tuple[str, str]]:
    """Return id -> (state now, state wanted) of the processes that are replaced, drained, or no longer worth keeping.

    Args:
        session: to read with.
        now: aware.
        kept: how long after a promotion the process before it stays warm; nothing for not at all.
    """
    pointer = session.get(Serving, "model")
    wanted = pointer.value if pointer else None
    rows = session.scalars(select(RasaProcess).where(RasaProcess.state != "gone")).all()
    replaced = any(row.state == "ready" and row.model_version == wanted for row in rows)
    way_back = _way_back(rows, pointer, now, kept)
    changes: dict[str, tuple[str, str]] = {}
    for row in rows:
        if row.state == "draining":
            stuck = now - (row.heartbeat_at or row.started_at) > DRAIN_LIMIT
            if stuck:
                changes[row.id] = (row.state, "gone")
            elif not _has_turns(session, row.id):
                changes[row.id] = (row.state, "warm" if row.id == way_back else "gone")
        elif row.state == "warm":
            if row.id != way_back:
                changes[row.id] = (row.state, "gone")
        elif row.model_version != wanted and row.note != CANDIDATE and (replaced or row.state != "ready"):
            changes[row.id] = (row.state, "draining")  # one that is ready serves until its successor is
    return changes


def _way_back(rows: Sequence[RasaProcess], pointer: Serving | None, now: datetime, kept: timedelta) -> str | None:
    """Return the id of the one process worth keeping, or None."""
    if pointer is None or now - pointer.updated_at >= kept or any(row.note == CANDIDATE for row in rows):
        return None
    before = [
        row
        for row in rows
        if row.model_version == pointer.previous != pointer.value and row.state in {"draining", "warm"}
    ]
    return max(before, key=lambda row: row.started_at).id if before else None


def _has_turns(session: Session, process_id: str) -> bool:
    running = select(Turn.id).where(Turn.rasa_process_id == process_id, Turn.state == "running").limit(1)
    return session.scalar(running) is not None
