"""The audit log: who did what, one line each, chained by hashes so that an edited line shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from api.store.tables import Audit

FIRST_HASH = "0" * 64
AUDIT_LOCK = 7_240_002  # any fixed number: PostgreSQL's advisory lock, so that two lines never follow the same one


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
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": AUDIT_LOCK})
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


def first_damaged_line(session: Session) -> int | None:
    """Return the id of the first audit line that was changed or follows a removed one, or None when all are whole."""
    previous = FIRST_HASH
    for line in session.scalars(select(Audit).order_by(Audit.id)):
        if line.previous_hash != previous or line.hash != _hash_of(line):
            return line.id
        previous = line.hash
    return None


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
