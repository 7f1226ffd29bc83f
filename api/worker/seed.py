"""The first import of `data/` into an empty database. From then on the database owns what it holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.articles.catalogue import Wording, current_article, save_article
from api.articles.synonyms import save_synonyms
from api.store.tables import Intent, Job, KnowledgeBase, LabelledQuestion, Meta, TrainingExample
from api.worker.phrasings import FOLDER, Phrasing, new_phrasing, read_phrasings
from api.worker.synonym_file import FILE as SYNONYMS
from api.worker.synonym_file import read_synonyms
from api.worker.training_data import Example, TrainingDataInvalid, held_out, read_nlu_folder, read_yaml
from api.worker.unanswered import FILE as UNANSWERED
from api.worker.unanswered import new_unanswered, read_unanswered
from kb_index.articles import Article, load_articles
from kb_index.synonyms import Synonym

MAIN = "main"
OUTCOMES = frozenset({"search", "article", "form", "response", "hand_off"})
INTENT_FIELDS = frozenset({"outcome", "target", "cut_off", "description"})


@dataclass(frozen=True, slots=True)
class IntentEntry:
    """One entry of `data/intents.yml`."""

    name: str
    outcome: str
    target: str | None = None
    cut_off: float | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Seed:
    """What `data/` holds, in the order of its files."""

    articles: tuple[Article, ...]
    questions: tuple[Mapping[str, Any], ...]
    phrasings: tuple[Phrasing, ...]
    unanswered: tuple[str, ...]
    synonyms: tuple[Synonym, ...]
    intents: tuple[IntentEntry, ...]
    examples: tuple[Example, ...]


def read_seed(folder: Path) -> Seed:
    """Read `data/`.

    Raises:
        TrainingDataInvalid: a training file or the intents cannot be read.
        ArticleUnreadable: an article cannot be read.
    """
    return Seed(
        articles=tuple(load_articles(folder / "articles")),
        questions=tuple(_json_lines(folder / "questions.jsonl")),
        phrasings=tuple(read_phrasings(folder / FOLDER)),
        unanswered=tuple(read_unanswered(folder / UNANSWERED)),
        synonyms=tuple(read_synonyms(folder / SYNONYMS)),
        intents=tuple(read_intents(folder / "intents.yml")),
        examples=read_nlu_folder(folder / "nlu").examples,
    )


def read_intents(path: Path) -> list[IntentEntry]:
    """Read `data/intents.yml`.

    Raises:
        TrainingDataInvalid: it cannot be read, or an intent has no outcome or an unknown one.
    """
    content = read_yaml(path)
    entries = content.get("intents") if isinstance(content, dict) else None
    if not isinstance(entries, dict):
        raise TrainingDataInvalid(f"{path}: no intents under 'intents'")
    return [_intent(str(name), fields or {}, path) for name, fields in entries.items()]


def is_seeded(session: Session) -> bool:
    """Say whether the database has had its first import."""
    return session.get(Meta, "seeded") is not None


def sow(session: Session, seed: Seed, *, now: datetime) -> None:
    """Put `data/` into the empty database, all or nothing."""
    session.add(KnowledgeBase(slug=MAIN, name="", created_at=now))
    session.flush()
    for article in seed.articles:
        write_article(session, MAIN, article, by="seed", now=now)
    save_synonyms(session, MAIN, seed.synonyms, by="seed", now=now)
    session.execute(delete(Job).where(Job.kind == "index", Job.state == "queued"))  # set-up builds it next
    session.add_all(labelled_rows(seed, now))
    session.add_all(new_intent(entry, now) for entry in seed.intents)
    kept_back = held_out(seed.examples)
    session.add_all(
        TrainingExample(intent=example.intent, text=example.text, held_out=example in kept_back, created_at=now)
        for example in seed.examples
    )
    session.add(Meta(key="seeded", value=now.isoformat()))


def write_article(session: Session, kb: str, article: Article, *, by: str, now: datetime) -> bool:
    """Give an article of a knowledge base the wording of a file; False when it had it already."""
    wording = Wording(article.title, article.body, article.questions, article.audience, article.category)
    before = current_article(session, kb, article.article_id)
    saved = save_article(session, (kb, article.article_id), wording, by=by, now=now)
    is_new = before is None or saved.version != before.version
    if is_new and article.updated is not None:
        saved.updated = article.updated.isoformat()
    return is_new


def new_intent(entry: IntentEntry, now: datetime) -> Intent:
    """Return the row of an intent."""
    return Intent(
        name=entry.name,
        outcome=entry.outcome,
        target=entry.target,
        cut_off=entry.cut_off,
        description=entry.description,
        created_at=now,
    )


def _intent(name: str, fields: Any, path: Path) -> IntentEntry:
    if not isinstance(fields, dict) or fields.get("outcome") not in OUTCOMES:
        raise TrainingDataInvalid(f"{path}: intent {name!r} needs one outcome of {', '.join(sorted(OUTCOMES))}")
    if unknown := set(fields) - INTENT_FIELDS:
        raise TrainingDataInvalid(f"{path}: intent {name!r}: unknown names: {', '.join(sorted(map(str, unknown)))}")
    cut_off = fields.get("cut_off")
    if cut_off is not None and not (isinstance(cut_off, (int, float)) and 0 <= cut_off <= 1):
        raise TrainingDataInvalid(f"{path}: the cut-off of intent {name!r} is no number from 0 to 1")
    return IntentEntry(
        name=name,
        outcome=str(fields["outcome"]),
        target=None if fields.get("target") is None else str(fields["target"]),
        cut_off=None if cut_off is None else float(cut_off),
        description=str(fields.get("description") or ""),
    )


def labelled_rows(seed: Seed, now: datetime) -> list[LabelledQuestion]:
    """Return the rows of everything in `data/` that says which article answers a question, or that none does."""
    phrasings = [new_phrasing(phrasing, MAIN, now) for phrasing in seed.phrasings]
    unanswered = [new_unanswered(text, MAIN, now) for text in seed.unanswered]
    return [*(new_question(line, now) for line in seed.questions), *phrasings, *unanswered]


def new_question(line: Mapping[str, Any], now: datetime) -> LabelledQuestion:
    """Return the row of a line of `questions.jsonl`."""
    return LabelledQuestion(
        id=str(line["query_id"]),
        kb=MAIN,
        text=str(line["query"]),
        history=list(line.get("history") or []),
        article_ids=list(line.get("relevant_docs") or []),
        gold_text=line.get("gold_text"),
        split=str(line.get("split") or "dev"),
        tags=list(line.get("tags") or []),
        created_at=now,
    )


def _json_lines(path: Path) -> Iterable[Mapping[str, Any]]:
    if not path.exists():
        return []
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except ValueError as error:
        raise TrainingDataInvalid(f"{path}: {error}") from error
