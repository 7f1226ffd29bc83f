"""Intents and what they were: every change is a version, so that a day can be looked at as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.store.tables import Intent, IntentVersion


@dataclass(frozen=True, slots=True)
class Facts:
    """What an intent leads to."""

    outcome: str  # search | article | form | response | hand_off
    target: str | None = None
    cut_off: float | None = None
    description: str = ""


def save_intent(session: Session, name: str, facts: Facts, *, by: str, now: datetime) -> bool:
    """Add an intent, change it, or bring a removed one back; False when it was just so already."""
    row = session.get(Intent, name)
    if row is None:
        row = Intent(name=name, created_at=now, **asdict(facts))
        session.add(row)
    elif row.deleted_at is None and _facts(row) == facts:
        return False
    else:
        _keep_first(session, row)
        row.outcome, row.target, row.cut_off = facts.outcome, facts.target, facts.cut_off
        row.description, row.deleted_at = facts.description, None
    _keep(session, row, by, now)
    return True


def remove_intent(session: Session, row: Intent, *, by: str, now: datetime) -> None:
    """Take an intent out of the next training."""
    _keep_first(session, row)
    row.deleted_at = now
    _keep(session, row, by, now)


def versions_of(session: Session, name: str) -> Sequence[IntentVersion]:
    """Return what an intent was, newest first; one that nobody has changed yet has a single version, not stored."""
    kept = select(IntentVersion).where(IntentVersion.name == name).order_by(IntentVersion.version.desc())
    stored = session.scalars(kept).all()
    row = None if stored else session.get(Intent, name)
    return [_version(row, 1, None, row.created_at)] if row is not None else stored


def intent_at(session: Session, name: str, at: datetime) -> IntentVersion | None:
    """Return an intent as it was at a moment; None when there was none."""
    return next((one for one in versions_of(session, name) if one.created_at <= at), None)


def _facts(row: Intent) -> Facts:
    return Facts(row.outcome, row.target, row.cut_off, row.description)


def _keep_first(session: Session, row: Intent) -> None:
    """Keep what an intent was set up as, before its first change."""
    if session.get(IntentVersion, (row.name, 1)) is None:
        session.add(_version(row, 1, None, row.created_at))
        session.flush()


def _keep(session: Session, row: Intent, by: str, now: datetime) -> None:
    last = session.scalar(select(func.max(IntentVersion.version)).where(IntentVersion.name == row.name)) or 0
    session.add(_version(row, last + 1, by, now))
    session.flush()


def _version(row: Intent, version: int, by: str | None, at: datetime) -> IntentVersion:
    return IntentVersion(
        name=row.name,
        version=version,
        **asdict(_facts(row)),
        deleted=row.deleted_at is not None,
        created_at=at,
        created_by=by,
    )
