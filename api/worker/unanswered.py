"""What customers asked that no article answers: its text form in `data/unanswered.yml`, and its rows in the database.

They are labelled questions of the split `taught` without an article, as phrasings are such with one: search learns from
them where the knowledge base ends (kb_index/domain.py), and nobody measures with them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.review.labels import OUT_OF_SCOPE
from api.store.tables import LabelledQuestion, TrainingExample
from api.worker.phrasings import TAUGHT
from api.worker.training_data import TrainingDataInvalid, read_yaml

FILE = "unanswered.yml"
HEADER = "# What customers asked that no article answers. Search learns from it where the knowledge base ends.\n"


def read_unanswered(path: Path) -> list[str]:
    """Read the messages, each once; none without the file.

    Raises:
        TrainingDataInvalid: it is not a list of texts.
    """
    content = (read_yaml(path, for_rasa=False) or []) if path.exists() else []
    if not isinstance(content, list) or not all(isinstance(text, str) and text.strip() for text in content):
        raise TrainingDataInvalid(f"{path}: not a list of texts")
    return list(dict.fromkeys(text.strip() for text in content))


def new_unanswered(text: str, kb: str, now: datetime) -> LabelledQuestion:
    """Return the row of a message; the same id for the same text, so that importing twice changes nothing."""
    name = "u-" + hashlib.sha256(text.encode()).hexdigest()[:20]
    return LabelledQuestion(
        id=name, kb=kb, text=text, history=[], article_ids=[], split=TAUGHT, tags=[], created_at=now
    )


def unanswered_of(session: Session, kb: str) -> list[str]:
    """Return what customers of a knowledge base asked in vain, oldest first."""
    rows = session.scalars(
        select(LabelledQuestion)
        .where(LabelledQuestion.kb == kb, LabelledQuestion.split == TAUGHT)
        .order_by(LabelledQuestion.created_at, LabelledQuestion.id)
    )
    return [row.text for row in rows if not row.article_ids]


def outside_of(session: Session, kb: str) -> list[str]:
    """Return all that is known to be beyond a knowledge base: `unanswered_of`, and what was labelled "not for us"."""
    labelled = session.scalars(
        select(TrainingExample.text)
        .where(TrainingExample.intent == OUT_OF_SCOPE, TrainingExample.source.startswith("label:"))
        .where(TrainingExample.deleted_at.is_(None))
        .order_by(TrainingExample.created_at, TrainingExample.id)
    )
    return list(dict.fromkeys([*unanswered_of(session, kb), *labelled]))


def unanswered_file(data: Path, stored: Sequence[str]) -> dict[str, str | None]:
    """Return the file's new text by its path under `data/`, None to remove it; nothing when it says the same."""
    before = read_unanswered(data / FILE)
    kept = [text for text in before if text in set(stored)]
    wanted = [*kept, *(text for text in stored if text not in set(before))]
    return {} if wanted == before else {FILE: file_text(wanted) if wanted else None}


def file_text(texts: Iterable[str]) -> str:
    """Return the file of some messages."""
    return HEADER + "".join(f"- {json.dumps(text, ensure_ascii=False)}\n" for text in texts)
