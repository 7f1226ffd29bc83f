"""Keeping to the terms: what is older than its kind may be kept is removed, once a day.

Conversations go whole, with everything that hangs on them; what was taught from them stays, since it holds no personal
data. Desk events wait for the slowest webhook.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, func, inspect, select
from sqlalchemy.orm import Session

from api.security.audit import PRUNED, prune_audit, record_audit
from api.settings import Settings
from api.store.events import forget_events
from api.store.tables import Audit, Conversation, DeskEvent, Job, LoginAttempt, SuggestionSet, Table, Task, Webhook
from api.worker.jobs import Reporter, Work, enqueue
from api.worker.tainted import remove_tainted
from api.worker.workshop import Workshop

EVERY = timedelta(days=1)
AT_ONCE = 200  # rows in one transaction, so that nobody waits for it
ENDED = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Due:
    """How much of one kind is past its term.

    Attributes:
        kind: conversations | suggestions | audit | tasks | logs | models
        days: its term; None where there is none.
        count: rows, or files of logs.
    """

    kind: str
    days: int | None
    count: int


def schedule(session: Session, *, now: datetime) -> str | None:
    """Queue the day's retention and return its job; None when it was queued within a day."""
    latest = session.scalar(select(func.max(Job.created_at)).where(Job.kind == "retention"))
    if latest is not None and now - latest < EVERY:
        return None
    return enqueue(session, "retention", {}, requested_by="worker", now=now)


def due(workshop: Workshop) -> list[Due]:
    """Return what would be removed now, without removing anything."""
    settings, now = workshop.settings, workshop.clock.now()

    def count(session: Session) -> list[Due]:
        counts: dict[str, int] = {}
        for kind, table, where in _rows_due(session, settings, now):
            query = select(func.count()).select_from(table).where(where)
            counts[kind] = counts.get(kind, 0) + (session.scalar(query) or 0)
        return [Due(kind, days, counts.get(kind, 0)) for kind, days in terms(settings).items()]

    found = [
        Due(one.kind, one.days, one.count + len(_old_logs(workshop))) if one.kind == "logs" else one
        for one in workshop.store.read_sync(count)
    ]
    return [*found, Due("models", None, len(remove_tainted(workshop, dry_run=True)))]


def terms(settings: Settings) -> dict[str, int]:
    """Return how many days each kind is kept; 0 is for ever."""
    return {
        "conversations": settings.keep_conversations_days,
        "suggestions": settings.keep_suggestions_days,
        "audit": settings.keep_audit_days,
        "tasks": settings.keep_tasks_days,
        "logs": settings.keep_logs_days,
    }


def keep_to_terms(workshop: Workshop, work: Work, reporter: Reporter) -> dict[str, int]:
    """Remove what is past its term; return how much of each kind."""
    settings, now = workshop.settings, workshop.clock.now()
    gone: dict[str, int] = dict.fromkeys(terms(settings), 0)
    for kind, table, where in workshop.store.read_sync(lambda session: _rows_due(session, settings, now)):
        if kind != "audit":
            reporter.stage(f"Removing old {kind}", 0.1)
            gone[kind] += _remove(workshop, table, where)
    for file in _old_logs(workshop):
        file.unlink(missing_ok=True)
        gone["logs"] += 1
    gone["models"] = len(remove_tainted(workshop))
    if settings.keep_audit_days:
        before = now - timedelta(days=settings.keep_audit_days)
        gone["audit"] = workshop.store.write_sync(
            lambda session: prune_audit(session, before, by=work.requested_by or "worker", now=now)
        )
    if any(gone.values()):
        workshop.store.write_sync(
            lambda session: record_audit(session, work.requested_by or "worker", "retention", at=now, details=gone)
        )
        workshop.store.tidy()
    reporter.log(", ".join(f"{count} {kind}" for kind, count in gone.items()) + " removed.")
    reporter.finish({"removed": gone})
    return gone


def _rows_due(
    session: Session, settings: Settings, now: datetime
) -> list[tuple[str, type[Table], ColumnElement[bool]]]:
    """Return the tables with the condition on rows past their term; kinds that are kept for ever are left out."""

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    found: list[tuple[str, type[Table], ColumnElement[bool]]] = []
    if days := settings.keep_conversations_days:
        old = (Conversation.last_message_at < before(days)) & Conversation.owner.in_(("bot", "closed"))
        ids = select(Conversation.id).where(old)
        found.append(("conversations", Conversation, Conversation.id.in_(ids)))
    if days := settings.keep_suggestions_days:
        found.append(("suggestions", SuggestionSet, SuggestionSet.created_at < before(days)))
    if days := settings.keep_audit_days:
        found.append(("audit", Audit, (Audit.at < before(days)) & (Audit.action != PRUNED)))
    if days := settings.keep_tasks_days:
        found.append(("tasks", Task, Task.done_at < before(days)))
    if days := settings.keep_logs_days:
        found += [
            ("logs", LoginAttempt, LoginAttempt.at < before(days)),
            ("logs", Job, Job.finished_at.is_not(None) & (Job.finished_at < before(days)) & Job.state.in_(ENDED)),
            ("logs", DeskEvent, (DeskEvent.created_at < before(days)) & (DeskEvent.event_id < _read_by_all(session))),
        ]
    return found


def _read_by_all(session: Session) -> int:
    """Return the first event that somebody may still want: the slowest webhook's next one, or the newest of all."""
    slowest = session.scalar(select(func.min(Webhook.after)).where(Webhook.disabled_at.is_(None)))
    newest = session.scalar(select(func.max(DeskEvent.event_id))) or 0
    return newest if slowest is None else min(newest, slowest + 1)


def _remove(workshop: Workshop, table: type[Table], where: ColumnElement[bool]) -> int:
    key: Any = inspect(table).primary_key[0]
    removed = 0
    while True:
        ids: Sequence[Any] = workshop.store.read_sync(
            lambda session: session.scalars(select(key).where(where).limit(AT_ONCE)).all()
        )
        if not ids:
            return removed
        workshop.store.write_sync(_deleting(table, key, ids))
        removed += len(ids)


def _deleting(table: type[Table], key: Any, ids: Sequence[Any]) -> Callable[[Session], None]:
    def write(session: Session) -> None:
        if table is Conversation:  # these point to it without a reference
            forget_events(session, ids)
        session.execute(delete(table).where(key.in_(ids)), execution_options={"synchronize_session": False})

    return write


def _old_logs(workshop: Workshop) -> list[Path]:
    """Return the log files nothing has been written to within the term; by the machine's own time, as files are."""
    days = workshop.settings.keep_logs_days
    if not days or not workshop.places.logs.is_dir():
        return []
    before = time.time() - days * 86_400
    return sorted(file for file in workshop.places.logs.iterdir() if file.is_file() and file.stat().st_mtime < before)
