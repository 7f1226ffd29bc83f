"""Between the database and its reviewable text form, `data/`: what differs, writing it out, reading it in.

A file whose content says the same as the database keeps its bytes, so that what changes in git is what changed.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.articles.catalogue import delete_article
from api.articles.synonyms import save_synonyms, synonyms_of
from api.review.intents import Facts, remove_intent, save_intent
from api.review.questions import remove_question, save_question
from api.store.tables import Intent, LabelledQuestion, TrainingExample
from api.worker.dialogues import dialogue_file
from api.worker.golden_dialogues import stored
from api.worker.index import articles_of
from api.worker.phrasings import TAUGHT, WAITING, phrasing_files, phrasings_of
from api.worker.seed import MAIN, Seed, labelled_rows, write_article
from api.worker.snapshot import intents_file
from api.worker.synonym_file import synonym_file
from api.worker.training_data import Example, harmless, held_out, nlu_text, read_nlu_file, read_yaml, yaml_text
from api.worker.unanswered import unanswered_file, unanswered_of
from kb_index.articles import Article, read_article

Changes = Mapping[str, str | None]  # path under data/ -> its new text, None to remove it


def changes(session: Session, data: Path) -> Changes:
    """Return what would have to change in `data/` for it to say what the database says, by path in order."""
    found = {**_articles(session, data), **_nlu(session, data), **_intents(session, data), **_questions(session, data)}
    found |= phrasing_files(data, phrasings_of(session, MAIN))
    found |= unanswered_file(data, unanswered_of(session, MAIN))
    found |= synonym_file(data, synonyms_of(session, MAIN))
    found |= dialogue_file(data, stored(session))
    return {path: found[path] for path in sorted(found) if _text(data / path) != found[path]}


def diff(what: Changes, data: Path) -> str:
    """Return changes as one unified diff."""
    return "".join(_unified(path, _text(data / path), after, "a/data", "b/data") for path, after in what.items())


def import_diff(what: Changes, data: Path) -> str:
    """Return what reading `data/` in would change in the database, as one unified diff: the way back of `diff`."""
    return "".join(_unified(path, stored, _text(data / path), "database", "data") for path, stored in what.items())


def _unified(path: str, before: str | None, after: str | None, left: str, right: str) -> str:
    lines = difflib.unified_diff(
        (before or "").splitlines(keepends=True),
        (after or "").splitlines(keepends=True),
        fromfile="/dev/null" if before is None else f"{left}/{path}",
        tofile="/dev/null" if after is None else f"{right}/{path}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def export(what: Changes, data: Path) -> None:
    """Write changes into `data/`."""
    for path, after in what.items():
        target = data / path
        if after is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(after, encoding="utf-8")


def read_in(session: Session, seed: Seed, *, by: str, now: datetime) -> dict[str, int]:
    """Make the database say what `data/` says; return how many rows of each kind changed."""
    return {
        "articles": _read_articles(session, seed, by, now),
        "intents": _read_intents(session, seed, by, now),
        "examples": _read_examples(session, seed, now),
        "questions": _read_questions(session, seed, by, now),
        "synonyms": _read_synonyms(session, seed, by, now),
    }


def _articles(session: Session, data: Path) -> dict[str, str | None]:
    folder = data / "articles"
    files = {read_article(path, folder): path for path in sorted(folder.rglob("*.md"))}
    paths = {article.article_id: path for article, path in files.items()}
    stored = {article.article_id: article for article in articles_of(session, MAIN)}
    found: dict[str, str | None] = {
        paths[name].relative_to(data).as_posix(): None for name in paths if name not in stored
    }
    for name, article in stored.items():
        path = paths.get(name, folder / f"{name}.md")
        if article not in files:
            found[path.relative_to(data).as_posix()] = article_text(article)
    return found


def article_text(article: Article) -> str:
    """Return an article as its Markdown file."""
    lines = ["---", f"id: {article.article_id}", f"title: {_quoted(article.title)}", "questions:"]
    lines += [f"  - {_quoted(question)}" for question in article.questions] or ["  []"]
    lines += [f"audience: {article.audience}", f"category: {_quoted(article.category)}"]
    if article.updated is not None:
        lines.append(f"updated: {article.updated.isoformat()}")
    return "\n".join([*lines, "---", "", article.body.strip(), ""])


def _nlu(session: Session, data: Path) -> dict[str, str | None]:
    stored: dict[str, list[str]] = {}
    for row in session.scalars(
        select(TrainingExample)
        .where(TrainingExample.deleted_at.is_(None))
        .order_by(TrainingExample.intent, TrainingExample.created_at, TrainingExample.text)
    ):
        stored.setdefault(row.intent, []).append(harmless(row.text))
    found: dict[str, str | None] = {}
    written: set[str] = set()
    for path in sorted((data / "nlu").rglob("*.yml")):
        file = read_nlu_file(path)
        intents = dict.fromkeys(example.intent for example in file.examples)
        wanted = [
            Example(intent, text)
            for intent in intents
            if intent not in written
            for text in _ordered(stored.get(intent, []), [e.text for e in file.examples if e.intent == intent])
        ]
        written |= set(intents)
        if sorted(set(wanted), key=_key) != sorted(set(file.examples), key=_key):
            found[path.relative_to(data).as_posix()] = nlu_text(wanted, file.others)
    new = [Example(intent, text) for intent, texts in stored.items() if intent not in written for text in texts]
    if new:
        found["nlu/added.yml"] = nlu_text(new, ())
    return found


def _ordered(stored: list[str], before: list[str]) -> list[str]:
    """Return the stored sentences: those of the file in its order, then the new ones."""
    texts = set(stored)
    return [text for text in before if text in texts] + [text for text in stored if text not in set(before)]


def _intents(session: Session, data: Path) -> dict[str, str | None]:
    path = data / "intents.yml"
    rows = session.scalars(select(Intent).where(Intent.deleted_at.is_(None)).order_by(Intent.name)).all()
    content = intents_file(path, rows)
    return {} if content == read_yaml(path) else {"intents.yml": yaml_text(content)}


def _questions(session: Session, data: Path) -> dict[str, str | None]:
    path = data / "questions.jsonl"
    lines = (_text(path) or "").splitlines()
    before = {str(entry["query_id"]): (line, entry) for line in lines if (entry := json.loads(line or "{}"))}
    of_shop = select(LabelledQuestion).where(
        LabelledQuestion.kb == MAIN, LabelledQuestion.split.not_in((TAUGHT, WAITING))
    )
    rows = session.scalars(of_shop).all()
    stored = {row.id: row for row in rows}
    order = [name for name in before if name in stored] + sorted(name for name in stored if name not in before)
    text = "".join(f"{_question_line(stored[name], *before.get(name, ('', {})))}\n" for name in order)
    return {"questions.jsonl": text} if text else {}


def _question_line(row: LabelledQuestion, line: str, before: Mapping[str, Any]) -> str:
    fields: dict[str, Any] = {
        "query_id": row.id,
        "query": row.text,
        "history": row.history or [],
        "relevant_docs": row.article_ids or [],
    }
    if row.gold_text is not None:
        fields["gold_text"] = row.gold_text
    fields |= {"split": row.split, "tags": row.tags or []}
    same = all(before.get(name, [] if name in {"history", "tags"} else None) == fields[name] for name in fields)
    return line if same and line else json.dumps({**before, **fields}, ensure_ascii=False)


def _read_articles(session: Session, seed: Seed, by: str, now: datetime) -> int:
    changed = sum(write_article(session, MAIN, article, by=by, now=now) for article in seed.articles)
    wanted = {article.article_id for article in seed.articles}
    gone = [article.article_id for article in articles_of(session, MAIN) if article.article_id not in wanted]
    return changed + sum(delete_article(session, MAIN, name, by=by, now=now) for name in gone)


def _read_intents(session: Session, seed: Seed, by: str, now: datetime) -> int:
    rows = {row.name: row for row in session.scalars(select(Intent).where(Intent.deleted_at.is_(None)))}
    changed = 0
    for entry in seed.intents:
        rows.pop(entry.name, None)
        facts = Facts(entry.outcome, entry.target, entry.cut_off, entry.description)
        changed += save_intent(session, entry.name, facts, by=by, now=now)
    for row in rows.values():
        remove_intent(session, row, by=by, now=now)
    return changed + len(rows)


def _read_examples(session: Session, seed: Seed, now: datetime) -> int:
    wanted = dict.fromkeys(seed.examples)
    changed = 0
    for row in session.scalars(select(TrainingExample).where(TrainingExample.deleted_at.is_(None))):
        example = Example(row.intent, row.text)
        if example in wanted:
            del wanted[example]
        else:
            row.deleted_at = now
            changed += 1
    kept_back = held_out(seed.examples)
    session.add_all(
        TrainingExample(
            intent=example.intent, text=example.text, held_out=example in kept_back, source="import", created_at=now
        )
        for example in wanted
    )
    return changed + len(wanted)


def _read_questions(session: Session, seed: Seed, by: str, now: datetime) -> int:
    known = select(LabelledQuestion).where(LabelledQuestion.kb == MAIN, LabelledQuestion.split != WAITING)
    rows = {row.id: row for row in session.scalars(known)}
    gone = dict(rows)
    # Confirmed pairs have ids of their own: they are known again by what they say.
    pairs = {_words(row): name for name, row in rows.items() if row.split == TAUGHT}
    changed = 0
    for entry in labelled_rows(seed, now):
        if gone.pop(entry.id, None) is None and gone.pop(pairs.get(_words(entry), ""), None) is not None:
            continue
        entry.source = "import"
        changed += save_question(session, entry, by=by, now=now)
    for row in gone.values():
        remove_question(session, row, by=by, now=now)
    return changed + len(gone)


def _read_synonyms(session: Session, seed: Seed, by: str, now: datetime) -> int:
    differing = set(synonyms_of(session, MAIN)) ^ set(seed.synonyms)
    if differing:
        save_synonyms(session, MAIN, seed.synonyms, by=by, now=now)
    return len(differing)


def _words(row: LabelledQuestion) -> tuple[str, ...]:
    return (row.split, row.text, *(row.article_ids or ()))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(example: Example) -> tuple[str, str]:
    return example.intent, example.text


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
