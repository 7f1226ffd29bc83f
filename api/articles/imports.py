"""Imports of articles: read in a child, shown as what would change, and applied when an administrator has seen it."""

from __future__ import annotations

import difflib
import json
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from sqlalchemy.orm import Session

from api.articles.catalogue import Wording, current_article, drafted_article, save_article, wording_of
from api.articles.child import read_in_child
from api.articles.limits import LARGEST_UPLOAD, Refused
from api.security.audit import record_audit
from api.store.ids import new_id
from api.store.tables import ArticleVersion, KnowledgeBase

KEPT_S = 24 * 3600.0  # an import nobody applied is forgotten after this
LONGEST_DIFF = 400  # lines
IMPORT_ID = re.compile(r"[A-Za-z0-9_-]{22}")

Change = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Planned:
    """One article of an import, and what it would do."""

    article_id: str
    wording: Wording
    change: Change
    diff: str  # unified, of the text as it stands and as it would


@dataclass(frozen=True, slots=True)
class Kept:
    """An import that waits to be applied.

    Attributes:
        wordings: what it would write, by article id.
        refused: file name or address -> why it was not read.
        files: article id -> the file or address it came from.
        source_id: of the website it came from; None for a file.
        kb: the knowledge base of that website.
    """

    wordings: dict[str, Wording]
    refused: dict[str, str]
    files: dict[str, str]
    source_id: str | None = None
    kb: str | None = None


class Imports:
    """Uploads that wait to be applied, one file each in a folder of their own.

    Args:
        folder: for what was read; made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._one_at_a_time = Lock()

    def read(self, content: bytes, name: str) -> tuple[str, dict[str, str]]:
        """Read an upload in a child, and keep what was read.

        Returns:
            The import's id, and file name -> why it was not read.

        Raises:
            Refused: nothing can be read from it, or reading took too much time or memory.
        """
        if len(content) > LARGEST_UPLOAD:
            raise Refused(f"it is larger than {LARGEST_UPLOAD // 2**20} MB")
        self.ready()
        with self._one_at_a_time:
            read = read_in_child("api.articles.intake", self._folder, content, name)
        if not read["articles"]:
            why = "; ".join(f"{file}: {said}" for file, said in list(read["refused"].items())[:3])
            raise Refused(f"there is no article in it ({why})" if why else "there is no article in it")
        return self.keep(read), dict(read["refused"])

    def ready(self) -> Path:
        """Return the folder, made and rid of what nobody applied in time."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._forget_old()
        return self._folder

    def keep(self, read: Mapping[str, Any]) -> str:
        """Keep what was read until it is applied; return the import's id."""
        import_id = new_id()
        self._file(import_id).write_text(json.dumps(read), encoding="utf-8")
        return import_id

    def read_again(self, import_id: str) -> dict[str, Any] | None:
        """Return what was read, as it was kept; None for an unknown or forgotten import."""
        if not IMPORT_ID.fullmatch(import_id):
            return None
        try:
            read: dict[str, Any] = json.loads(self._file(import_id).read_text(encoding="utf-8"))
        except OSError:
            return None
        return read

    def kept(self, import_id: str) -> Kept | None:
        """Return an import of articles that waits; None for any other."""
        read = self.read_again(import_id)
        if read is None or "articles" not in read:
            return None
        return Kept(
            wordings={one["article_id"]: _wording(one) for one in read["articles"]},
            refused=dict(read["refused"]),
            files=dict(read.get("files", {})),
            source_id=read.get("source_id"),
            kb=read.get("kb"),
        )

    def wordings(self, import_id: str) -> dict[str, Wording] | None:
        """Return what an import would write, by article id; None for an unknown or forgotten one."""
        waiting = self.kept(import_id)
        return None if waiting is None else waiting.wordings

    def forget(self, import_id: str) -> None:
        """Let go of an import."""
        if IMPORT_ID.fullmatch(import_id):
            self._file(import_id).unlink(missing_ok=True)

    def _file(self, import_id: str) -> Path:
        return self._folder / f"{import_id}.json"

    def _forget_old(self) -> None:
        for path in self._folder.iterdir():
            try:
                if time.time() - path.stat().st_mtime > KEPT_S:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            except FileNotFoundError:
                continue  # another request was quicker


def plan(session: Session, kb: str, wordings: Mapping[str, Wording]) -> list[Planned]:
    """Return what an import would change, new articles first."""
    planned = []
    for article_id, wording in wordings.items():
        before = drafted_article(session, kb, article_id) or current_article(session, kb, article_id)
        old = _text_of(before)
        new = _as_text(wording)
        change: Change = "new" if before is None else "same" if old == new else "changed"
        planned.append(Planned(article_id, wording, change, "" if change == "same" else _diff(old, new)))
    order = {"new": 0, "changed": 1, "same": 2}
    return sorted(planned, key=lambda one: (order[one.change], one.article_id))


def apply(
    session: Session,
    kb: str,
    wordings: Mapping[str, Wording],
    chosen: Sequence[str],
    *,
    by: str,
    now: datetime,
    draft: bool,
) -> int:
    """Write the chosen articles of an import, all or none; return how many changed.

    Args:
        session: the transaction.
        kb: the knowledge base, made if it is new.
        wordings: what the import would write.
        chosen: ids of the articles to write.
        by: the actor.
        now: aware.
        draft: keep them for administrators until each is published.
    """
    if session.get(KnowledgeBase, kb) is None:
        session.add(KnowledgeBase(slug=kb, created_at=now))
        session.flush()
    changed = 0
    for article_id in dict.fromkeys(name for name in chosen if name in wordings):
        drafted = drafted_article(session, kb, article_id)
        before = drafted or current_article(session, kb, article_id)
        stands = before is not None and (draft or drafted is None)  # a draft that is to be published changes something
        if not stands or _text_of(before) != _as_text(wordings[article_id]):
            save_article(session, (kb, article_id), wordings[article_id], by=by, now=now, draft=draft)
            changed += 1
    record_audit(session, by, "import_articles", at=now, subject=kb, details={"changed": changed, "draft": draft})
    return changed


def _wording(one: Mapping[str, Any]) -> Wording:
    return Wording(
        title=str(one["title"]),
        body=str(one["body"]),
        questions=tuple(one["questions"]),
        audience="internal" if one["audience"] == "internal" else "public",
        category=str(one["category"]),
    )


def _text_of(version: ArticleVersion | None) -> str:
    return "" if version is None else _as_text(wording_of(version))


def _as_text(wording: Wording) -> str:
    head = [f"# {wording.title}", f"audience: {wording.audience}", f"category: {wording.category}"]
    return "\n".join(
        [*head, *(f"question: {question}" for question in wording.questions), "", wording.body.strip(), ""]
    )


def _diff(old: str, new: str) -> str:
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), "now", "then", lineterm="", n=2))
    return "\n".join(lines[:LONGEST_DIFF] + (["…"] if len(lines) > LONGEST_DIFF else []))
