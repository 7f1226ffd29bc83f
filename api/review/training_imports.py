"""Training examples from a file of Rasa's: seen first, then added, never written over what stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.review.labels import Writer
from api.security.audit import record_audit
from api.store.tables import Intent, TrainingExample
from api.worker.training_data import Example, nlu_text

Pair = tuple[str, str]  # intent and sentence


@dataclass(frozen=True, slots=True)
class ExamplePlan:
    """What adding examples would change.

    Attributes:
        new: to be added.
        same: how many are there already.
        elsewhere: (sentence, the file's intent, the intent that has it here); not added.
        unknown: intents that are not here -> how many examples they have; not added.
    """

    new: tuple[Pair, ...]
    same: int
    elsewhere: tuple[tuple[str, str, str], ...]
    unknown: dict[str, int]


def plan_examples(session: Session, examples: Sequence[Pair]) -> ExamplePlan:
    """Compare a file's examples with those that stand, by their words whatever their case."""
    intents = set(session.scalars(select(Intent.name).where(Intent.deleted_at.is_(None))))
    standing = {
        row.text.casefold(): row.intent
        for row in session.scalars(select(TrainingExample).where(TrainingExample.deleted_at.is_(None)))
    }
    new: list[Pair] = []
    elsewhere: list[tuple[str, str, str]] = []
    unknown: dict[str, int] = {}
    same = 0
    for intent, text in examples:
        has = standing.get(text.casefold())
        if intent.partition("/")[0] not in intents:
            unknown[intent] = unknown.get(intent, 0) + 1
        elif has is None:
            standing[text.casefold()] = intent
            new.append((intent, text))
        elif has == intent:
            same += 1
        else:
            elsewhere.append((text, intent, has))
    return ExamplePlan(tuple(new), same, tuple(elsewhere), unknown)


def add_examples(session: Session, examples: Sequence[Pair], writer: Writer) -> int:
    """Add what a plan calls new; return how many examples that is. What models are measured on stays as it is."""
    planned = plan_examples(session, examples)
    session.add_all(
        TrainingExample(intent=intent, text=text, source="rasa", created_at=writer.now) for intent, text in planned.new
    )
    details: dict[str, Any] = {"added": len(planned.new)}
    record_audit(session, writer.actor, "import_examples", at=writer.now, details=details)
    return len(planned.new)


def rasa_file(session: Session) -> str:
    """Return every standing example as one file of Rasa's training data."""
    rows = session.scalars(
        select(TrainingExample)
        .where(TrainingExample.deleted_at.is_(None))
        .order_by(TrainingExample.intent, TrainingExample.created_at, TrainingExample.text)
    )
    return nlu_text(Example(row.intent, " ".join(row.text.replace("${", "$ {").split())) for row in rows)
