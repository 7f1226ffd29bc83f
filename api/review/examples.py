"""Training examples whose label was doubted: given another one, or taken out."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import ApiError, not_found
from api.review.labels import Writer
from api.security.audit import record_audit
from api.store.tables import Intent, TrainingExample
from api.strings.catalogue import say


def correct_example(session: Session, text: str, intent: str, to: str | None, writer: Writer) -> int:
    """Give an example another intent, or take it out of the next training; return how many rows it was.

    Args:
        session: the transaction.
        text: the example, as the report names it.
        intent: what it is labelled now.
        to: the intent it shows instead; None for none.
        writer: who says so.

    Raises:
        ApiError: 404, there is no such example; 422, no such intent.
    """
    row = None if to is None else session.get(Intent, to)
    if to is not None and (row is None or row.deleted_at is not None):
        raise ApiError(422, "unknown_intent", say("review.unknown_intent", intent=to))
    found = session.scalars(
        select(TrainingExample)
        .where(TrainingExample.text == text, TrainingExample.intent == intent)
        .where(TrainingExample.deleted_at.is_(None), TrainingExample.held_out.is_(False))
    ).all()
    if not found:
        raise not_found("This example")
    for example in found:
        example.deleted_at = writer.now
        if to is not None:
            source = f"correction:{example.id}"
            session.add(TrainingExample(intent=to, text=text, source=source, created_at=writer.now))
    details = {"from": intent, "to": to}
    record_audit(session, writer.actor, "correct_example", at=writer.now, subject=found[0].id, details=details)
    return len(found)
