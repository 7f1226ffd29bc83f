"""The audit log: who did what, one line each, chained by hashes so that an edited line shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from api.store.tables import Audit, Meta

FIRST_HASH = "0" * 64
STARTS_AFTER = "audit_starts_after"  # fact of the database: the hash of the last line that was let go for its age
PRUNED = "prune_audit"  # the line that says so
AUDIT_LOCK = 7_240_002  # any fixed number: PostgreSQL's advisory lock, so that two lines never follow the same one


@dataclass(frozen=True, slots=True)
class Chain:
    """The state of the log.

    Attributes:
        lines: how many it has.
        head: hash of the newest line; note it elsewhere, and a later `holds` shows that nothing before it was changed.
        damaged: the first line that was changed or follows a removed one; None when all are whole.
    """

    lines: int
    head: str
    damaged: int | None


def record_audit(
    session: Session,
    actor: str,
    action: str,
    *,
    at: datetime,
    subject: str | None = None,
    successful: bool = True,
    details: Mapping[str, str | int | bool | None] | None = None,
) -> None:
    """Add one line to this transaction. It names ids and states; never a message's text, an address or a secret.

    Args:
        session: the transaction of the deed itself, so that neither exists without the other.
        actor: `agent:<id>`, `customer:<conversation id>`, `bot`, `cli` or `nobody`.
        action: what was done, such as `log_in` or `take`.
        at: when, aware.
        subject: the id it was done to.
        successful: False for a refusal worth knowing about.
        details: further plain facts.
    """
    _hold(session)
    previous = session.scalar(select(Audit.hash).order_by(Audit.id.desc()).limit(1)) or FIRST_HASH
    line = Audit(
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        successful=successful,
        details=dict(details or {}),
        previous_hash=previous,
        hash="",
    )
    line.hash = _hash_of(line)
    session.add(line)
    session.flush()


def check_chain(session: Session) -> Chain:
    """Follow the whole chain from its first line to its newest."""
    previous = _start(session)
    count, damaged = 0, None
    for line in session.scalars(select(Audit).order_by(Audit.id).execution_options(yield_per=1_000)):
        count += 1
        if damaged is None and (line.previous_hash != previous or line.hash != _hash_of(line)):
            damaged = line.id
        previous = line.hash
    if damaged is None and not _start_is_told(session):
        damaged = session.scalar(select(func.min(Audit.id))) or 0
    return Chain(count, previous, damaged)


def newest_lines(
    session: Session, *, limit: int, before: int | None = None, action: str | None = None
) -> Sequence[Audit]:
    """Return lines, newest first: those before a line's id, those of one kind of deed, or all."""
    query = select(Audit).order_by(Audit.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Audit.id < before)
    return session.scalars(query if action is None else query.where(Audit.action == action)).all()


def first_damaged_line(session: Session) -> int | None:
    """Return the id of the first audit line that was changed or follows a removed one, or None when all are whole."""
    return check_chain(session).damaged


def holds(session: Session, noted: str) -> bool:
    """Say whether a hash that was noted earlier is still that of a line: then the log was not cut or written anew."""
    return session.scalar(select(Audit.id).where(Audit.hash == noted).limit(1)) is not None


def prune_audit(session: Session, before: datetime, *, by: str, now: datetime) -> int:
    """Let go of the lines older than `before` and return how many; the chain goes on from the last of them.

    Only whole leading stretches go, so a clock that once ran backwards costs nothing. The newest line always stays.
    """
    _hold(session)
    first_kept = session.scalar(select(Audit.id).where(Audit.at >= before).order_by(Audit.id).limit(1))
    newest = session.scalar(select(func.max(Audit.id)))
    last_gone = session.scalar(
        select(Audit).where(Audit.id < (first_kept or newest or 0)).order_by(Audit.id.desc()).limit(1)
    )
    if last_gone is None:
        return 0
    gone = session.execute(delete(Audit).where(Audit.id <= last_gone.id).returning(Audit.id)).all()
    session.merge(Meta(key=STARTS_AFTER, value=last_gone.hash))
    record_audit(session, by, PRUNED, at=now, subject=last_gone.hash, details={"lines": len(gone)})
    return len(gone)


def _hold(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": AUDIT_LOCK})


def _start(session: Session) -> str:
    return session.scalar(select(Meta.value).where(Meta.key == STARTS_AFTER)) or FIRST_HASH


def _start_is_told(session: Session) -> bool:
    """Say whether the chain itself tells where it starts: a start without its line was put there by hand."""
    start = _start(session)
    if start == FIRST_HASH:
        return True
    told = select(Audit.id).where(Audit.action == PRUNED, Audit.subject == start).limit(1)
    return session.scalar(told) is not None


def _hash_of(line: Audit) -> str:
    facts = [
        line.previous_hash,
        line.at.astimezone(UTC).isoformat(),
        line.actor,
        line.action,
        line.subject,
        line.successful,
        line.details,
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode("utf-8")).hexdigest()
