"""Versions of a knowledge base's index: which there are, whether a new one may serve, and the way back.

An index is promoted like a model: it must not answer the labelled questions worse than the one that serves, beyond
chance; a reason lets it serve all the same and is kept in the audit log. A return is one renamed file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from api.articles.catalogue import current_articles
from api.security.audit import record_audit
from api.store.tables import KnowledgeBase
from api.worker.compare import MOST_SHOWN, Comparison, Labelled, compare
from api.worker.training_data import Example
from api.worker.workshop import Workshop
from kb_index.confidence import LabelledQuestion
from kb_index.search import Search
from kb_index.storage import MANIFEST, IndexUnusable, checked_name, current_version, publish

ANSWERED, MISSED = "answered", "missed"
MOST_ASKED = 300  # labelled questions; some seconds of searching


class NoSuchVersion(Exception):
    """There is no such index any more, or none that served before; the message says which."""


@dataclass(frozen=True, slots=True)
class IndexVersion:
    """One version on the disk."""

    kb_version: str
    created_at: str  # ISO, UTC
    articles: int
    serves: bool
    ended_s: float  # when it served last; seconds of the machine's clock, for order alone


def versions_of_index(workshop: Workshop, kb: str) -> list[IndexVersion]:
    """Return the whole versions on the disk, newest first; an unreadable one is left out."""
    try:
        serving = current_version(workshop.places.index, kb)
    except IndexUnusable:
        serving = ""
    found = []
    for path in (workshop.places.index / kb).glob(f"*/{MANIFEST}"):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            version = str(facts["kb_version"])
            ended = path.parent.stat().st_mtime
            made = str(facts["created_at"])
            found.append(IndexVersion(version, made, int(facts["articles"]), version == serving, ended))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def compare_indexes(
    workshop: Workshop, kb: str, version: str, labelled: Sequence[LabelledQuestion], *, articles: set[str]
) -> Comparison | None:
    """Compare a version with the one that serves, by the labelled questions; None when none serves or none is asked.

    Args:
        workshop: the installation.
        kb: the knowledge base.
        version: the new one, built.
        labelled: questions with the articles that answer them.
        articles: those customers may read now: what asks for a deleted or hidden one says nothing about an index.
    """
    asked = asked_alone(labelled, articles)
    try:
        serving = current_version(workshop.places.index, kb)
        if serving == version or not asked:
            return None
        before = _answers(workshop, kb, serving, asked)
    except IndexUnusable:
        return None
    after = _answers(workshop, kb, version, asked)
    return compare([Example(ANSWERED, one.question) for one in asked], after, before)


def asked_alone(labelled: Sequence[LabelledQuestion], articles: set[str]) -> list[LabelledQuestion]:
    """Return the questions that open a conversation and that one of `articles` answers, evenly thinned out."""
    asked = [one for one in labelled if not one.history and set(one.relevant) & articles]
    return asked[:: max(1, -(-len(asked) // MOST_ASKED))]


def why_worse(comparison: Comparison | None) -> str:
    """Return why a version may not serve, in one line; "" when it may."""
    if comparison is None or comparison.passed:
        return ""
    lost = "; ".join(f"“{change.text}”" for change in comparison.broken[: min(5, MOST_SHOWN)])
    return f"{comparison.reasons[0].replace('held-out examples', 'labelled questions')}: {lost}"


def serve_version(workshop: Workshop, kb: str, version: str, *, actor: str, deed: str, reason: str = "") -> None:
    """Let a version that is on the disk serve, and note who said so.

    Raises:
        NoSuchVersion: it is not there, or damaged.
    """
    try:
        before = current_version(workshop.places.index, kb)
    except IndexUnusable:
        before = ""
    try:
        publish(workshop.places.index, kb, version, kept_s=86_400 * workshop.settings.index_kept_days)
    except (IndexUnusable, ValueError) as error:
        raise NoSuchVersion(f"The index {version} of {kb} cannot serve: {error}") from error
    now = workshop.clock.now()

    def write(session: Session) -> None:
        named = update(KnowledgeBase).where(KnowledgeBase.slug == kb)
        session.execute(named.values(kb_version=version))
        details = {"kb": kb, "before": before or None, **({"reason": reason} if reason else {})}
        record_audit(session, actor, deed, at=now, subject=version, details=details)

    workshop.store.write_sync(write)


def roll_back_index(workshop: Workshop, kb: str, *, actor: str) -> str:
    """Let the version serve again that served before the one that serves; return it. Once more comes back.

    Raises:
        NoSuchVersion: there is none, or it is damaged.
    """
    earlier = [one for one in versions_of_index(workshop, kb) if not one.serves]
    if not earlier:
        raise NoSuchVersion(f"No earlier index of {kb} is kept.")
    latest = max(earlier, key=lambda one: one.ended_s)
    serve_version(workshop, kb, latest.kb_version, actor=actor, deed="roll_back_index")
    return latest.kb_version


def forget_version(workshop: Workshop, kb: str, version: str) -> None:
    """Remove a version that may not serve, so that no return finds it."""
    shutil.rmtree(workshop.places.index / kb / checked_name(version), ignore_errors=True)


def public_articles(session: Session, kb: str) -> set[str]:
    """Return the ids of the articles that customers may read now."""
    return {row.article_id for row in current_articles(session, kb, audience="public")}


def _answers(workshop: Workshop, kb: str, version: str, asked: Sequence[LabelledQuestion]) -> Labelled:
    search = Search.open(workshop.places.index, kb=kb, version=version, encoder=workshop.encoder)
    firsts = [search.suggest(one.question, limit=1).suggestions for one in asked]
    right = [bool(found) and found[0].article_id in one.relevant for found, one in zip(firsts, asked, strict=True)]
    return Labelled(version, tuple(ANSWERED if is_right else MISSED for is_right in right))
