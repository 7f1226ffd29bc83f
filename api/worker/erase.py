"""Erasing a customer: one transaction for the database, then the files, a search for what may be left, a receipt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.privacy.erasure import erase_conversations
from api.privacy.holdings import examples_of, labels_of
from api.privacy.masking import masked
from api.privacy.receipts import Receipt, receipts, write_receipt
from api.privacy.search import Place, blank, search_everything
from api.privacy.subjects import Subject, Wanted, find_subject
from api.privacy.taught import Taught, since, texts_of, unteach
from api.security.audit import record_audit
from api.store.tables import Audit, Table
from api.worker.jobs import JobFailed, Reporter, Work, enqueue
from api.worker.tainted import forget_sources, mark, marked_by, trained_on
from api.worker.workshop import Workshop

TELLING_CHARACTERS, TELLING_WORDS = 25, 4  # from so much on a sentence leads to whoever wrote it
QUOTING = frozenset({"job", "model"})  # tables that quote messages which are not their own
BACKUP = "backup"  # the audit log's word for one


@dataclass(frozen=True, slots=True)
class Found:
    """What was known before anything was erased."""

    subject: Subject
    words: tuple[str, ...]  # that lead to the customer, wherever they stand
    sentences: tuple[str, ...]  # that only they wrote
    places: tuple[Place, ...]  # outside the conversations, where one of these stands
    models: tuple[str, ...]
    backups: tuple[str, ...]


def erase(workshop: Workshop, work: Work, reporter: Reporter) -> Receipt:
    """Erase the conversations `work.arguments["conversation_ids"]` and all that was made of them.

    Started again after a crash it goes on: what is erased stays so, and the receipt is written at the end.

    Raises:
        JobFailed: there is no such conversation.
    """
    ids = tuple(str(one) for one in work.arguments.get("conversation_ids") or ())
    reporter.stage("Looking for what is held", 0.05)
    found = workshop.store.read_sync(lambda session: _look(workshop, session, ids))
    if not found.subject.conversation_ids:
        raise JobFailed("there is no such conversation")
    reporter.stage("Erasing", 0.3)
    touched, taught, jobs = workshop.store.write_sync(lambda session: _erase(session, workshop, work, found))
    reporter.stage("Erasing copies", 0.6)
    models = workshop.store.read_sync(lambda session: marked_by(session, work.job_id))
    forget_sources(workshop.places, models)
    workshop.store.tidy()
    reporter.stage("Looking for what is left", 0.8)
    left = workshop.store.read_sync(lambda session: _left(session, found))
    receipt = write_receipt(
        workshop.places,
        work.job_id,
        {
            "erased_at": workshop.clock.now().isoformat(),
            "by": work.requested_by or "cli",
            "conversations": list(found.subject.conversation_ids),
            "rows": dict(touched),
            "examples": len(taught.examples),
            "questions": taught.questions,
            "drafts_removed": list(taught.drafts),
            "articles_to_read_again": list(taught.articles),
            "models": models,
            "backups": list(found.backups),
            "jobs": jobs,
            "searched_for": len({*found.words, *found.sentences}),
            "left": left,
        },
    )
    reporter.log(f"{len(found.subject.conversation_ids)} conversations erased, {touched['message']} messages.")
    for version in models:
        reporter.log(f"Model {version} learnt from them; a clean one is being trained.")
    for backup in found.backups:
        reporter.log(f"The backup {backup} still holds them.")
    for place, count in left.items():
        reporter.log(f"The same words stand in {count} rows of {place}, written by others.")
    reporter.finish({"receipt_id": work.job_id})
    return receipt


def erase_again(workshop: Workshop) -> int:
    """Erase what a backup that was put back has brought back; return how many conversations these were."""
    known = [str(one) for receipt in receipts(workshop.places) for one in receipt["conversations"]]
    now = workshop.clock.now()

    def write(session: Session) -> int:
        subject = find_subject(session, Wanted(conversation_ids=tuple(known))) if known else None
        if subject is None or not subject.conversation_ids:
            return 0
        unteach(session, subject.conversation_ids)
        erase_conversations(session, subject.conversation_ids, at=now)
        record_audit(session, "cli", "erase_again", at=now, details={"conversations": len(subject.conversation_ids)})
        return len(subject.conversation_ids)

    return workshop.store.write_sync(write)


def _look(workshop: Workshop, session: Session, ids: Sequence[str]) -> Found:
    subject = find_subject(session, Wanted(conversation_ids=tuple(ids)))
    said = texts_of(session, subject.conversation_ids)
    told = {form for text in said for form in (text, masked(text, subject.names)) if _is_telling(form)}
    words = tuple(one for one in subject.identifiers if "@" in one or sum(map(str.isdigit, one)) >= 9)
    theirs = set(subject.conversation_ids)
    places = [
        place
        for place in search_everything(session, [*words, *told])
        if place.table in QUOTING or not _is_inside(session, place, theirs)
    ]
    began = since(session, subject.conversation_ids)
    lines = _learnt_from(session, subject.conversation_ids)
    return Found(
        subject,
        words,
        tuple(sorted(told)),
        tuple(places),
        tuple(trained_on(workshop.places, session, lines, began)) if began else (),
        tuple(_backups(session, began)),
    )


def _learnt_from(session: Session, conversation_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the training examples that messages of conversations taught."""
    return tuple(row.text for row in examples_of(session, labels_of(session, conversation_ids)))


def _erase(
    session: Session, workshop: Workshop, work: Work, found: Found
) -> tuple[Counter[str], Taught, dict[str, str]]:
    now, ids = workshop.clock.now(), found.subject.conversation_ids
    taught = unteach(session, ids)
    touched = erase_conversations(session, ids, at=now)
    for place in found.places:
        blank(session, place, [*found.words, *(found.sentences if place.table in QUOTING else ())])
    mark(session, found.models, work.job_id)
    actor, jobs = work.requested_by or "cli", {}
    for kb in taught.knowledge_bases:
        jobs[f"index {kb}"] = enqueue(session, "index", {"kb": kb, "forget": True}, requested_by=actor, now=now)
    if found.models:
        jobs["train"] = enqueue(session, "train", {"after_erasure": work.job_id}, requested_by=actor, now=now)
    details = {"conversations": len(ids), "models": len(found.models)}
    record_audit(session, actor, "erase_customer", at=now, subject=work.job_id, details=details)
    return touched, taught, jobs


def _left(session: Session, found: Found) -> dict[str, int]:
    counted = Counter(
        f"{place.table}.{place.column}" for place in search_everything(session, [*found.words, *found.sentences])
    )
    return dict(counted)


def _is_telling(text: str) -> bool:
    return len(text) >= TELLING_CHARACTERS and len(text.split()) >= TELLING_WORDS


def _is_inside(session: Session, place: Place, conversation_ids: set[str]) -> bool:
    """Say whether a place belongs to one of the conversations, which are emptied as a whole."""
    table = Table.metadata.tables[place.table]
    if "conversation_id" not in table.c:
        return place.table == "conversation" and place.key[0] in conversation_ids
    row = [key == value for key, value in zip(table.primary_key.columns, place.key, strict=True)]
    return session.scalar(select(table.c.conversation_id).where(*row)) in conversation_ids


def _backups(session: Session, began: datetime | None) -> list[str]:
    """Return the backups made since, as far as they still lie where they were written."""
    if began is None:
        return []
    paths = session.scalars(select(Audit.subject).where(Audit.action == BACKUP, Audit.at >= began).order_by(Audit.id))
    return [path for path in dict.fromkeys(paths) if path and Path(path).exists()]
