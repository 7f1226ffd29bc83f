"""Bringing a folder of articles into a knowledge base."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

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
