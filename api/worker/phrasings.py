"""What customers wrote and which article was confirmed to answer it: `data/phrasings`, and its rows in the database.

They are labelled questions of the split `taught`: search learns from these, calibrates itself on `dev`, and is measured
on `test`. Those of the split `waiting` were confirmed too, and are not learnt before that has been shown to help.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import LabelledQuestion
from api.worker.training_data import TrainingDataInvalid, read_yaml
from kb_index.articles import Article

TAUGHT = "taught"
WAITING = "waiting"
FOLDER = "phrasings"
NEW_FILE = "added.yml"
HEADER = "# What customers wrote when this article was the answer. Read by search, not shown on the help pages.\n"

ByArticle = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One message with the article that was confirmed to answer it."""

    article_id: str
    text: str

    @property
    def row_id(self) -> str:
        """The same for the same phrasing, so that importing twice changes nothing."""
        return "p-" + hashlib.sha256(f"{self.article_id}\0{self.text}".encode()).hexdigest()[:20]


def read_phrasings(folder: Path) -> list[Phrasing]:
    """Read every file of a folder that maps article ids to lists of phrasings; none without the folder.

    Raises:
        TrainingDataInvalid: a file is no such mapping.
    """
    files = (read_file(path) for path in sorted(folder.glob("*.yml")))
    rows = (Phrasing(article, text) for file in files for article, texts in file.items() for text in texts)
    return list(dict.fromkeys(rows))


def read_file(path: Path) -> ByArticle:
    """Read one file.

    Raises:
        TrainingDataInvalid: it is not a mapping of article ids to lists of texts.
    """
    content = read_yaml(path, for_rasa=False) or {}
    if not isinstance(content, dict):
        raise TrainingDataInvalid(f"{path}: not a mapping of article ids to phrasings")
    for article, texts in content.items():
        if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
            raise TrainingDataInvalid(f"{path}: {article!r} needs a list of texts")
    return {str(article): [text.strip() for text in texts] for article, texts in content.items()}


def new_phrasing(phrasing: Phrasing, kb: str, now: datetime) -> LabelledQuestion:
    """Return the row of a phrasing."""
    return LabelledQuestion(
        id=phrasing.row_id,
        kb=kb,
        text=phrasing.text,
        history=[],
        article_ids=[phrasing.article_id],
        split=TAUGHT,
        tags=[],
        created_at=now,
    )


def phrasings_of(session: Session, kb: str) -> ByArticle:
    """Return the phrasings of each article of a knowledge base, oldest first."""
    rows = session.scalars(
        select(LabelledQuestion)
        .where(LabelledQuestion.kb == kb, LabelledQuestion.split == TAUGHT)
        .order_by(LabelledQuestion.created_at, LabelledQuestion.id)
    )
    found: ByArticle = {}
    for row in rows:
        for article in row.article_ids or ():
            found.setdefault(str(article), []).append(row.text)
    return {article: list(dict.fromkeys(texts)) for article, texts in found.items()}


def with_phrasings(articles: Iterable[Article], phrasings: Mapping[str, list[str]]) -> list[Article]:
    """Give each article its phrasings."""
    return [replace(article, phrasings=tuple(phrasings.get(article.article_id, ()))) for article in articles]


def phrasing_files(data: Path, stored: Mapping[str, list[str]]) -> dict[str, str | None]:
    """Return the files under `data/phrasings` that would say something else, by path; None for one to remove."""
    before = {path: read_file(path) for path in sorted((data / FOLDER).glob("*.yml"))}
    homes = {article: path for path, file in before.items() for article in file}
    wanted: dict[Path, ByArticle] = {path: {} for path in before}
    for article in [*homes, *sorted(set(stored) - set(homes))]:
        if texts := _ordered(stored.get(article, []), before.get(homes.get(article, Path()), {}).get(article, [])):
            wanted.setdefault(homes.get(article, data / FOLDER / NEW_FILE), {})[article] = texts
    return {
        path.relative_to(data).as_posix(): file_text(file) if file else None
        for path, file in wanted.items()
        if file != before.get(path)
    }


def file_text(file: Mapping[str, list[str]]) -> str:
    """Return a file of phrasings as YAML."""
    lines = [HEADER]
    for article, texts in file.items():
        lines.append(f"{article}:\n")
        lines += [f"  - {json.dumps(text, ensure_ascii=False)}\n" for text in texts]
    return "".join(lines)


def _ordered(stored: list[str], before: list[str]) -> list[str]:
    return [text for text in before if text in stored] + [text for text in stored if text not in before]
