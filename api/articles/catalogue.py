"""The articles in the database: what each says now, and every wording it ever had."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.errors import ApiError, not_found
from api.security.audit import record_audit
from api.store.tables import Article, ArticleFeedback, ArticleVersion, KnowledgeBase
from api.strings.catalogue import say
from api.worker.jobs import enqueue

Audience = Literal["public", "internal"]
SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
LONGEST_SLUG = 120


@dataclass(frozen=True, slots=True)
class Wording:
    """What an article says."""

    title: str
    body: str  # Markdown
    questions: tuple[str, ...] = ()  # how customers ask for it
    audience: Audience = "public"
    category: str = ""


def current_articles(
    session: Session, kb: str | None = None, *, audience: Audience | None = None
) -> Sequence[ArticleVersion]:
    """Return the wording that counts of every article, by knowledge base and title."""
    query = (
        select(ArticleVersion)
        .join(
            Article,
            (Article.kb == ArticleVersion.kb)
            & (Article.article_id == ArticleVersion.article_id)
            & (Article.version == ArticleVersion.version),
        )
        .where(Article.deleted_at.is_(None))
        .order_by(ArticleVersion.kb, ArticleVersion.title)
    )
    if kb is not None:
        query = query.where(ArticleVersion.kb == kb)
    if audience is not None:
        query = query.where(ArticleVersion.audience == audience)
    return session.scalars(query).all()


def current_article(session: Session, kb: str, article_id: str) -> ArticleVersion | None:
    """Return the wording of an article that counts, or None when there is no such article (any more)."""
    article = session.get(Article, (kb, article_id))
    if article is None or article.deleted_at is not None:
        return None
    return session.get(ArticleVersion, (kb, article_id, article.version))


def public_article(session: Session, kb: str, article_id: str) -> ArticleVersion | None:
    """Return an article that anyone may read, or None; an internal one is as good as missing."""
    found = current_article(session, kb, article_id)
    return found if found is not None and found.audience == "public" else None


def versions_of(session: Session, kb: str, article_id: str) -> Sequence[ArticleVersion]:
    """Return every wording of an article, newest first."""
    return session.scalars(
        select(ArticleVersion)
        .where(ArticleVersion.kb == kb, ArticleVersion.article_id == article_id)
        .order_by(ArticleVersion.version.desc())
    ).all()


def save_article(
    session: Session,
    key: tuple[str, str],
    wording: Wording,
    *,
    by: str,
    now: datetime,
    replacing: int | None = None,
    draft: bool = False,
) -> ArticleVersion:
    """Give an article a new wording, making the article if it is new; the index is rebuilt soon after.

    Args:
        session: the transaction.
        key: knowledge base and article id.
        wording: what it says from now on. The same as before adds no version.
        by: the actor.
        now: aware.
        replacing: the version the writer saw; None to replace whichever counts.
        draft: keep it for administrators; nobody else reads or finds it until it is published.

    Raises:
        ApiError: 404 for an unknown knowledge base, 409 when another version counts by now, 422 for a bad id.
    """
    kb, article_id = key
    if not SLUG.fullmatch(article_id) or len(article_id) > LONGEST_SLUG:
        raise ApiError(422, "invalid", say("articles.bad_id"))
    if session.get(KnowledgeBase, kb) is None:
        raise not_found("This knowledge base")
    article = session.get(Article, key)
    latest = 0 if article is None else article.draft or article.version
    if replacing is not None and replacing != latest:
        raise ApiError(409, "version_conflict", say("articles.changed_meanwhile"))
    before = None if article is None or (article.draft and not draft) else session.get(ArticleVersion, (*key, latest))
    if article is not None and article.deleted_at is None and before is not None and wording_of(before) == wording:
        return before
    newest = versions_of(session, *key)
    version = newest[0].version + 1 if newest else 1
    if article is None:
        article = Article(kb=kb, article_id=article_id, version=0, created_at=now)
        session.add(article)
    elif article.deleted_at is not None and draft:
        article.version = 0  # what was taken away stays away until the draft is published
    article.draft, article.deleted_at = (version if draft else None), None
    if not draft:
        article.version = version
    saved = ArticleVersion(
        kb=kb,
        article_id=article_id,
        version=version,
        title=wording.title,
        body=wording.body,
        questions=list(wording.questions),
        audience=wording.audience,
        category=wording.category,
        updated=now.date().isoformat(),
        created_at=now,
        created_by=by,
    )
    session.add(saved)
    deed = "draft_article" if draft else "save_article"
    record_audit(session, by, deed, at=now, subject=article_id, details={"kb": kb, "version": version})
    if not draft:
        enqueue(session, "index", {"kb": kb}, requested_by=by, now=now)
    return saved


def publish_draft(session: Session, key: tuple[str, str], *, by: str, now: datetime) -> ArticleVersion:
    """Let an article say what its draft says; the index is rebuilt soon after.

    Raises:
        ApiError: 404 when there is no such article, or no draft of it.
    """
    article = session.get(Article, key)
    drafted = drafted_article(session, *key)
    if article is None or drafted is None:
        raise not_found("A draft of this article")
    article.version, article.draft = drafted.version, None
    details: dict[str, str | int | bool | None] = {"kb": key[0], "version": drafted.version}
    record_audit(session, by, "publish_article", at=now, subject=key[1], details=details)
    enqueue(session, "index", {"kb": key[0]}, requested_by=by, now=now)
    return drafted


def discard_draft(session: Session, key: tuple[str, str], *, by: str, now: datetime) -> bool:
    """Let go of an article's draft; its wording stays in the history. False when there is none."""
    article = session.get(Article, key)
    if article is None or article.deleted_at is not None or article.draft is None:
        return False
    article.draft = None
    if article.version == 0:
        article.deleted_at = now
    record_audit(session, by, "discard_draft", at=now, subject=key[1], details={"kb": key[0]})
    return True


def drafted_article(session: Session, kb: str, article_id: str) -> ArticleVersion | None:
    """Return an article's unpublished wording, or None when it has none."""
    article = session.get(Article, (kb, article_id))
    if article is None or article.deleted_at is not None or article.draft is None:
        return None
    return session.get(ArticleVersion, (kb, article_id, article.draft))


def drafts(session: Session, kb: str) -> Sequence[ArticleVersion]:
    """Return the unpublished wordings of a knowledge base, by title."""
    return session.scalars(
        select(ArticleVersion)
        .join(
            Article,
            (Article.kb == ArticleVersion.kb)
            & (Article.article_id == ArticleVersion.article_id)
            & (Article.draft == ArticleVersion.version),
        )
        .where(Article.deleted_at.is_(None), Article.kb == kb)
        .order_by(ArticleVersion.title)
    ).all()


def add_question(session: Session, article: ArticleVersion, question: str, *, by: str, now: datetime) -> ArticleVersion:
    """Add one way customers ask for an article, as a new wording of it; one it has already changes nothing."""
    asked = " ".join(question.split())
    if asked.casefold() in {known.casefold() for known in article.questions or ()}:
        return article
    wording = wording_of(article)
    longer = Wording(wording.title, wording.body, (*wording.questions, asked), wording.audience, wording.category)
    return _save_beside_draft(session, article, longer, by=by, now=now)


def remove_question(
    session: Session, article: ArticleVersion, question: str, *, by: str, now: datetime
) -> ArticleVersion:
    """Take one way of asking for an article away again, as a new wording of it."""
    wording, asked = wording_of(article), " ".join(question.split()).casefold()
    kept = tuple(known for known in wording.questions if known.casefold() != asked)
    shorter = Wording(wording.title, wording.body, kept, wording.audience, wording.category)
    return _save_beside_draft(session, article, shorter, by=by, now=now)


def _save_beside_draft(
    session: Session, article: ArticleVersion, wording: Wording, *, by: str, now: datetime
) -> ArticleVersion:
    """Publish a wording without losing what somebody is drafting meanwhile."""
    key = (article.kb, article.article_id)
    drafting = session.get_one(Article, key).draft
    session.get_one(Article, key).draft = None
    saved = save_article(session, key, wording, by=by, now=now)
    session.get_one(Article, key).draft = drafting
    return saved


def delete_article(session: Session, kb: str, article_id: str, *, by: str, now: datetime) -> bool:
    """Take an article away from everybody; its wordings are kept. False when there is none."""
    gone = session.execute(
        update(Article)
        .where(Article.kb == kb, Article.article_id == article_id, Article.deleted_at.is_(None))
        .values(deleted_at=now)
        .returning(Article.article_id)
    ).first()
    if gone is None:
        return False
    record_audit(session, by, "delete_article", at=now, subject=article_id, details={"kb": kb})
    enqueue(session, "index", {"kb": kb}, requested_by=by, now=now)
    return True


def note_helpful(session: Session, article: ArticleVersion, *, helpful: bool, now: datetime) -> None:
    """Count one press on 'was this helpful'."""
    session.add(ArticleFeedback(kb=article.kb, article_id=article.article_id, helpful=helpful, created_at=now))


def wording_of(version: ArticleVersion) -> Wording:
    """Return what a version says."""
    audience: Audience = "internal" if version.audience == "internal" else "public"
    return Wording(version.title, version.body, tuple(version.questions or ()), audience, version.category)
