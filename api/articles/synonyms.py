"""The list of synonyms in the database: what it says now, and every wording it ever had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import ApiError, not_found
from api.security.audit import record_audit
from api.store.tables import KnowledgeBase, SynonymList
from api.strings.catalogue import say
from api.worker.jobs import enqueue
from kb_index.synonyms import Synonym


def synonyms_of(session: Session, kb: str) -> tuple[Synonym, ...]:
    """Return the list that counts, in its order; empty where none was ever made."""
    newest = versions_of(session, kb)
    return entries_of(newest[0]) if newest else ()


def versions_of(session: Session, kb: str) -> Sequence[SynonymList]:
    """Return every wording of a knowledge base's list, the newest first."""
    return session.scalars(select(SynonymList).where(SynonymList.kb == kb).order_by(SynonymList.version.desc())).all()


def entries_of(row: SynonymList) -> tuple[Synonym, ...]:
    """Return the list as one wording has it."""
    return tuple(Synonym(str(entry["said"]), str(entry["means"])) for entry in row.entries or ())


def save_synonyms(
    session: Session,
    kb: str,
    entries: Sequence[Synonym],
    *,
    by: str,
    now: datetime,
    replacing: int | None = None,
) -> SynonymList | None:
    """Give a knowledge base another list; the index is rebuilt soon after.

    Args:
        session: the transaction.
        kb: the knowledge base.
        entries: the whole list. The same as before adds no version.
        by: the actor.
        now: aware.
        replacing: the version the writer saw, 0 for none; None to replace whichever counts.

    Returns:
        The wording that counts; None while there is none.

    Raises:
        ApiError: 404 for an unknown knowledge base, 409 when another version counts by now.
    """
    if session.get(KnowledgeBase, kb) is None:
        raise not_found("This knowledge base")
    newest = versions_of(session, kb)
    latest = newest[0].version if newest else 0
    if replacing is not None and replacing != latest:
        raise ApiError(409, "version_conflict", say("articles.changed_meanwhile"))
    if tuple(entries) == (entries_of(newest[0]) if newest else ()):
        return newest[0] if newest else None
    written = [{"said": entry.said, "means": entry.means} for entry in entries]
    row = SynonymList(kb=kb, version=latest + 1, entries=written, created_at=now, created_by=by)
    session.add(row)
    record_audit(session, by, "save_synonyms", at=now, subject=kb)
    enqueue(session, "index", {"kb": kb}, requested_by=by, now=now)
    return row
