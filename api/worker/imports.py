"""Bringing a folder or a file of articles into a knowledge base."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from api.articles.catalogue import Wording
from api.articles.imports import Imports, apply, plan
from api.security.audit import record_audit
from api.store.tables import KnowledgeBase
from api.worker.seed import write_article
from api.worker.workshop import Workshop
from kb_index.articles import load_articles
from kb_index.storage import checked_name


@dataclass(frozen=True, slots=True)
class Imported:
    """How many articles were read, and how many of them were new or said something else."""

    read: int
    changed: int


def import_articles(workshop: Workshop, folder: Path, kb: str) -> Imported:
    """Read Markdown and HTML files and write them as articles; articles that are not in the folder stay.

    Raises:
        ValueError: `kb` is no slug.
        ArticleUnreadable: a file is not an article; nothing was written.
    """
    checked_name(kb)
    articles = load_articles(folder)
    now = workshop.clock.now()

    def write(session: Session) -> int:
        if session.get(KnowledgeBase, kb) is None:
            session.add(KnowledgeBase(slug=kb, created_at=now))
            session.flush()
        changed = sum(write_article(session, kb, article, by="cli", now=now) for article in articles)
        record_audit(session, "cli", "import_articles", at=now, subject=kb, details={"changed": changed})
        return changed

    return Imported(len(articles), workshop.store.write_sync(write))


def import_file(workshop: Workshop, source: Path, kb: str, draft: bool = False) -> Imported:
    """Read a file within limits, or a folder, and write its articles; others stay.

    Args:
        workshop: the installation.
        source: Markdown, HTML, text, CSV, a zip of these, or a folder.
        kb: the knowledge base's slug, made if it is new.
        draft: keep them for administrators until each is published.

    Raises:
        ValueError: `kb` is no slug.
        Refused: the file is none of these, or reading it takes too much.
        ArticleUnreadable: a file of the folder is not an article; nothing was written.
    """
    checked_name(kb)
    wordings = _wordings(workshop, source)
    now = workshop.clock.now()
    changed = workshop.store.write_sync(
        lambda session: apply(session, kb, wordings, list(wordings), by="cli", now=now, draft=draft)
    )
    return Imported(len(wordings), changed)


def preview_of(workshop: Workshop, source: Path, kb: str) -> str:
    """Return what importing would change, as one diff with a line that counts.

    Raises:
        ValueError, Refused, ArticleUnreadable: as `import_file`.
    """
    checked_name(kb)
    wordings = _wordings(workshop, source)
    planned = workshop.store.read_sync(lambda session: plan(session, kb, wordings))
    counts = {change: sum(one.change == change for one in planned) for change in ("new", "changed", "same")}
    parts = [f"{one.article_id} ({one.change})\n{one.diff}" for one in planned if one.diff]
    return "\n".join([*parts, f"{counts['new']} new, {counts['changed']} changed, {counts['same']} the same."])


def _wordings(workshop: Workshop, source: Path) -> dict[str, Wording]:
    if source.is_dir():
        return {
            one.article_id: Wording(one.title, one.body, one.questions, one.audience, one.category)
            for one in load_articles(source)
        }
    imports = Imports(workshop.places.var / "imports")
    import_id, _ = imports.read(source.read_bytes(), source.name)
    try:
        return imports.wordings(import_id) or {}
    finally:
        imports.forget(import_id)
