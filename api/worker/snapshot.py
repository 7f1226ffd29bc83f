"""What one training reads: the project's Rasa files, with intents and examples as the database has them now."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import Intent, TrainingExample
from api.worker.training_data import (
    Example,
    TrainingDataInvalid,
    harmless,
    nlu_text,
    read_nlu_folder,
    read_yaml,
    yaml_text,
)

RASA_FILES = ("config.yml", "domain.yml")
WRITTEN_BY_US = frozenset({"seed", "import"})
BRACKETS = str.maketrans("[]", "()")
NOT_FOR_TRAINING = (
    *("articles", "questions.jsonl", "unanswered.yml", "synonyms.yml"),
    *("nlu", "company.yml", "intents.yml", "LICENSE"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of intents at one moment.

    Attributes:
        intents: the rows that count, by name.
        training: what a model learns from.
        held_out: what a model is measured on.
    """

    intents: tuple[Intent, ...]
    training: tuple[Example, ...]
    held_out: tuple[Example, ...]


def known(session: Session) -> Known:
    """Read intents and examples, in a stable order."""
    intents = session.scalars(select(Intent).where(Intent.deleted_at.is_(None)).order_by(Intent.name)).all()
    names = {intent.name for intent in intents}
    rows = session.scalars(
        select(TrainingExample)
        .where(TrainingExample.deleted_at.is_(None))
        .order_by(TrainingExample.intent, TrainingExample.created_at, TrainingExample.text)
    ).all()
    usable = [row for row in rows if row.intent.partition("/")[0] in names]
    return Known(
        intents=tuple(intents),
        training=_examples([row for row in usable if not row.held_out]),
        held_out=_examples([row for row in usable if row.held_out]),
    )


def write_snapshot(source: Path, what: Known, folder: Path) -> None:
    """Write the folder a training reads.

    Args:
        source: the checkout with `config.yml`, `domain.yml` and `data/`.
        what: intents and examples.
        folder: is made; holds `config.yml`, `domain.yml` and `data/` afterwards.

    Raises:
        TrainingDataInvalid: there is nothing to train from, or a file of the checkout cannot be read.
    """
    if not what.training:
        raise TrainingDataInvalid("there is no training example in the database")
    folder.mkdir(parents=True)
    for name in RASA_FILES:
        shutil.copy2(source / name, folder / name)
    shutil.copytree(source / "data", folder / "data", ignore=shutil.ignore_patterns(*NOT_FOR_TRAINING))
    others = read_nlu_folder(source / "data" / "nlu").others
    _write(folder / "data" / "nlu" / "examples.yml", nlu_text(what.training, others))
    _write(folder / "data" / "intents.yml", yaml_text(intents_file(source / "data" / "intents.yml", what.intents)))


def intents_file(path: Path, intents: Sequence[Intent]) -> dict[str, Any]:
    """Return the content of `intents.yml` for these intents, keeping the file's order and further fields."""
    before = read_yaml(path)
    entries: dict[str, Any] = before.get("intents", {}) if isinstance(before, dict) else {}
    rows = {intent.name: intent for intent in intents}
    order = [name for name in entries if name in rows] + [name for name in rows if name not in entries]
    return {**before, "intents": {name: {**(entries.get(name) or {}), **_fields(rows[name])} for name in order}}


def _fields(intent: Intent) -> dict[str, Any]:
    fields = {
        "outcome": intent.outcome,
        "target": intent.target,
        "cut_off": intent.cut_off,
        "description": intent.description or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _examples(rows: Sequence[TrainingExample]) -> tuple[Example, ...]:
    return tuple(dict.fromkeys(Example(row.intent, _harmless(row)) for row in rows))


def _harmless(row: TrainingExample) -> str:
    """Return an example in one line in which Rasa's reader finds nothing to replace.

    Rasa puts environment variables in the place of `${NAME}`, wherever it stands; and what a customer typed in brackets
    marks no entity, as it does in our own files.
    """
    text = harmless(" ".join(row.text.split()))
    return text if row.source in WRITTEN_BY_US else text.translate(BRACKETS)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
