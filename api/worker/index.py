"""Rebuilding a knowledge base's index from the articles in the database."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.articles.catalogue import current_articles
from api.articles.synonyms import synonyms_of
from api.store.tables import ArticleVersion
from api.store.tables import LabelledQuestion as LabelledQuestionRow
from api.worker.jobs import JobFailed, Reporter, Work
from api.worker.lessons import Weighed, note_weighed, waiting_lessons, weigh, with_lessons
from api.worker.phrasings import phrasings_of, with_phrasings
from api.worker.unanswered import outside_of
from api.worker.versions import compare_indexes, forget_version, public_articles, serve_version, why_worse
from api.worker.workshop import Workshop
from kb_index.articles import Article, Audience
from kb_index.build import LabelledQuestion, build
from kb_index.storage import drop_others
from kb_index.synonyms import Synonym


def index(workshop: Workshop, work: Work, reporter: Reporter) -> str:
    """Build the index of `work.arguments["kb"]`, let it serve, and return its kb_version.

    Raises:
        JobFailed: there is no such knowledge base, or no article in it; what serves is untouched.
    """
    kb = str(work.arguments.get("kb") or "main")
    reporter.stage("Reading the articles", 0.02)
    articles, labelled, outside, synonyms = workshop.store.read_sync(
        lambda session: (
            taught(session, kb),
            questions_of(session, kb),
            outside_of(session, kb),
            synonyms_of(session, kb),
        )
    )
    if not articles:
        raise JobFailed(f"the knowledge base {kb!r} has no article")
    reporter.log(f"{len(articles)} articles, {len(labelled)} labelled questions")
    forget, reason = bool(work.arguments.get("forget")), str(work.arguments.get("reason") or "")
    weighed = None if forget else _weigh(workshop, reporter, kb, articles, outside, synonyms)
    version = build(
        with_lessons(articles, weighed.lessons) if weighed and weighed.helps else articles,
        workshop.places.index,
        kb=kb,
        encoder=workshop.encoder,
        labelled=labelled,
        outside=outside,
        synonyms=synonyms,
        judge=workshop.judge,
        max_wrong_answers=workshop.settings.max_wrong_answers,
        progress=lambda stage, share: reporter.stage(stage, 0.15 + 0.8 * share),
    )
    if not forget:  # what an erasure takes out has to go, whatever it was good for
        _check_no_worse(workshop, reporter, kb, version, reason)
    serve_version(workshop, kb, version, actor=work.requested_by or "cli", deed="serve_index", reason=reason)
    if weighed is not None:
        note_weighed(workshop, kb, weighed)
    if forget:  # a customer was erased, whose questions the earlier ones still hold
        drop_others(workshop.places.index, kb)
    reporter.log(f"Index {version} of {kb} serves.")
    reporter.finish({"kb_version": version})
    return version


def _weigh(
    workshop: Workshop,
    reporter: Reporter,
    kb: str,
    articles: Sequence[Article],
    outside: Sequence[str],
    synonyms: Sequence[Synonym],
) -> Weighed | None:
    """Find out whether search answers better once it has learnt the pairs that wait; None when none does."""
    lessons, labelled = workshop.store.read_sync(
        lambda session: (waiting_lessons(session, kb), questions_of(session, kb, ("dev", "test")))
    )
    if not lessons:
        return None
    reporter.stage("Weighing what was confirmed", 0.05)
    weighed = weigh(workshop, kb, articles, lessons, labelled, outside=outside, synonyms=synonyms)
    reporter.log(weighed.line)
    return weighed


def _check_no_worse(workshop: Workshop, reporter: Reporter, kb: str, version: str, reason: str) -> None:
    """Ask the labelled questions of the new version and of the one that serves.

    Raises:
        JobFailed: the new one answers them worse, beyond chance, and no reason was given to let it serve.
    """
    reporter.stage("Comparing with the index that serves", 0.96)
    labelled, articles = workshop.store.read_sync(
        lambda session: (questions_of(session, kb, ("dev", "test")), public_articles(session, kb))
    )
    compared = compare_indexes(workshop, kb, version, labelled, articles=articles)
    if compared is not None:
        before = f"; the one that serves {compared.current_accuracy:.1%}" if compared.current_accuracy else ""
        reporter.log(f"{compared.candidate_accuracy:.1%} of {compared.cases} questions are answered{before}.")
    why = why_worse(compared)
    if why and not reason:
        forget_version(workshop, kb, version)
        raise JobFailed(f"the new index does not serve: {why}. To let it serve all the same, give a reason.")
    if why:
        reporter.log(f"It serves all the same: {why}.")


def articles_of(session: Session, kb: str) -> list[Article]:
    """Return the articles of a knowledge base as the search reads them."""
    return sorted((article_of(row) for row in current_articles(session, kb)), key=lambda article: article.article_id)


def taught(session: Session, kb: str) -> list[Article]:
    """Return the articles of a knowledge base with what customers are known to have asked them by."""
    return with_phrasings(articles_of(session, kb), phrasings_of(session, kb))


def article_of(row: ArticleVersion) -> Article:
    """Return one article as the search reads it."""
    audience: Audience = "internal" if row.audience == "internal" else "public"
    return Article(
        article_id=row.article_id,
        title=row.title,
        body=row.body,
        questions=tuple(row.questions or ()),
        audience=audience,
        category=row.category,
        updated=None if row.updated is None else datetime.date.fromisoformat(row.updated),
    )


def questions_of(session: Session, kb: str, splits: Sequence[str] = ("dev",)) -> list[LabelledQuestion]:
    """Return labelled questions; by default those the index may calibrate itself on, never what is kept to measure."""
    rows = session.scalars(
        select(LabelledQuestionRow)
        .where(LabelledQuestionRow.kb == kb, LabelledQuestionRow.split.in_(splits))
        .order_by(LabelledQuestionRow.id)
    )
    return [_question(row) for row in rows]


def _question(row: LabelledQuestionRow) -> LabelledQuestion:
    history = tuple((str(said["speaker"]), str(said["text"])) for said in row.history or ())
    return LabelledQuestion(row.text, tuple(row.article_ids or ()), history)
