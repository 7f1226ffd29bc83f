"""What search may learn from answer records: confirmed pairs, all that wait together, and only if they improve it.

Two indexes are made in memory, with the pairs and without, and asked the labelled questions that are not among them.
The pairs are asked as well, each half of an index that learnt the other half only: a question that was learnt proves
nothing by being known. They are learnt when more questions become right than wrong, and the labelled ones alone do not
become fewer. Until then they wait, and the pair nearest in meaning to each question that was lost is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.review.questions import move_questions
from api.security.audit import record_audit
from api.store.tables import KnowledgeBase, LabelledQuestion
from api.worker.blame import suspects
from api.worker.compare import Change
from api.worker.phrasings import TAUGHT, WAITING
from api.worker.training_data import Example
from api.worker.versions import asked_alone, public_articles
from api.worker.workshop import Workshop
from kb_index.articles import Article
from kb_index.build import LabelledQuestion as Question
from kb_index.build import serving, spacy_sentences
from kb_index.confidence import default_calibration
from kb_index.index import Index, make_index
from kb_index.pages import Spans, SplitSentences
from kb_index.search import Search
from kb_index.storage import IndexUnusable
from kb_index.synonyms import Synonym

MOST_LESSONS = 500  # the oldest that wait; a second or two of searching


@dataclass(frozen=True, slots=True)
class Lesson:
    """A confirmed pair that waits."""

    row_id: str
    article_id: str
    text: str

    @property
    def question(self) -> Question:
        """The pair as a question to be asked."""
        return Question(self.text, (self.article_id,))


@dataclass(frozen=True, slots=True)
class Asked:
    """How many questions were asked of both indexes, and which of them changed sides."""

    cases: int
    right_before: int
    gained: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def right_after(self) -> int:
        """How many are right with the pairs."""
        return self.right_before + len(self.gained) - len(self.lost)

    def as_json(self) -> dict[str, int]:
        """Return the counts."""
        return {
            "cases": self.cases,
            "without": self.right_before,
            "with": self.right_after,
            "gained": len(self.gained),
            "lost": len(self.lost),
        }


@dataclass(frozen=True, slots=True)
class Weighed:
    """What learning the pairs that wait does to search.

    Attributes:
        lessons: the pairs.
        labelled: labelled questions that are not among them.
        unseen: the pairs, each asked of an index that did not learn it.
        suspected: pairs by row id, with the labelled questions they are likely to have cost.
    """

    lessons: tuple[Lesson, ...]
    labelled: Asked
    unseen: Asked
    suspected: dict[str, tuple[str, ...]]

    @property
    def helps(self) -> bool:
        """Whether search may learn them."""
        gained = len(self.labelled.gained) + len(self.unseen.gained)
        lost = len(self.labelled.lost) + len(self.unseen.lost)
        return gained > lost and self.labelled.right_after >= self.labelled.right_before

    @property
    def line(self) -> str:
        """Say it in one line of the job's log."""
        became = "are learnt" if self.helps else "wait"
        counts = (
            f"{one.right_after} instead of {one.right_before} of {one.cases}" for one in (self.labelled, self.unseen)
        )
        labelled, unseen = counts
        return (
            f"{len(self.lessons)} confirmed pairs {became}: with them {labelled} labelled questions are right, and "
            f"{unseen} of the pairs themselves, each before it is learnt."
        )

    def as_json(self) -> dict[str, Any]:
        """Return what the knowledge base keeps; it quotes nobody."""
        return {
            "pairs": len(self.lessons),
            "learnt": self.helps,
            "labelled": self.labelled.as_json(),
            "unseen": self.unseen.as_json(),
        }


def waiting_lessons(session: Session, kb: str) -> tuple[Lesson, ...]:
    """Return the pairs of articles that customers may read now which wait to be learnt, oldest first."""
    rows = session.scalars(
        select(LabelledQuestion)
        .where(LabelledQuestion.kb == kb, LabelledQuestion.split == WAITING)
        .order_by(LabelledQuestion.created_at, LabelledQuestion.id)
    )
    public = public_articles(session, kb)
    found = (Lesson(row.id, str(row.article_ids[0]), row.text) for row in rows if row.article_ids)
    return tuple(lesson for lesson in found if lesson.article_id in public)[:MOST_LESSONS]


def with_lessons(articles: Sequence[Article], lessons: Sequence[Lesson]) -> list[Article]:
    """Let articles be asked for by pairs as well."""
    added: dict[str, list[str]] = {}
    for lesson in lessons:
        added.setdefault(lesson.article_id, []).append(lesson.text)
    return [
        replace(one, phrasings=tuple(dict.fromkeys((*one.phrasings, *added.get(one.article_id, ())))))
        for one in articles
    ]


def weigh(
    workshop: Workshop,
    kb: str,
    articles: Sequence[Article],
    lessons: Sequence[Lesson],
    labelled: Sequence[Question],
    *,
    outside: Sequence[str] = (),
    synonyms: Sequence[Synonym] = (),
    split: SplitSentences | None = None,
) -> Weighed:
    """Measure what search makes of questions with the pairs and without.

    Args:
        workshop: the installation.
        kb: the knowledge base.
        articles: all of them, with what search has learnt so far.
        lessons: the pairs that wait, at least one.
        labelled: labelled questions; those among the pairs are left out.
        outside: what no article answers.
        synonyms: what customers call things.
        split: finds sentences; spaCy by default, each article once.
    """
    sentences = _once(split or spacy_sentences())

    def search(learnt: Sequence[Lesson], before: Index | None) -> Search:
        index = make_index(
            with_lessons(articles, learnt),
            workshop.encoder,
            sentences,
            outside=outside,
            synonyms=synonyms,
            before=before,
        )
        return _as_it_serves(workshop, kb, index)

    halves = (lessons[::2], lessons[1::2])
    without = search((), serving(workshop.places.index, kb, workshop.encoder, workshop.judge))
    with_all = search(lessons, without.index)
    public = {article.article_id for article in articles if article.audience == "public"}
    told = {_plain(lesson.text) for lesson in lessons}
    others = [one for one in asked_alone(labelled, public) if _plain(one.question) not in told]
    known = _asked(others, without, with_all)
    unseen = [
        _asked([one.question for one in half], without, search(other, with_all.index))
        for half, other in (halves, halves[::-1])
        if other
    ]
    truth = {one.question: one.relevant for one in others}
    broken = [Change(text, truth[text][0], "", "") for text in known.lost]
    taught = {Example(lesson.article_id, lesson.text): lesson.row_id for lesson in lessons}
    blamed = suspects(broken, list(taught), workshop.encoder.encode)
    return Weighed(tuple(lessons), known, _both(unseen), {taught[one.example]: one.broke for one in blamed})


def note_weighed(workshop: Workshop, kb: str, weighed: Weighed) -> None:
    """Keep what was found, and let pairs that help be learnt; for when the index that learnt them serves."""
    now = workshop.clock.now()
    ids = [lesson.row_id for lesson in weighed.lessons]

    def write(session: Session) -> None:
        kept = {
            "at": now.isoformat(),
            **weighed.as_json(),
            "suspected": {k: list(v) for k, v in weighed.suspected.items()},
        }
        session.execute(update(KnowledgeBase).where(KnowledgeBase.slug == kb).values(learning=kept))
        if weighed.helps:
            still = (LabelledQuestion.id.in_(ids), LabelledQuestion.split == WAITING)
            waiting = session.scalars(select(LabelledQuestion).where(*still)).all()
            move_questions(session, waiting, TAUGHT, by="worker", now=now)
            record_audit(session, "worker", "learn_pairs", at=now, subject=kb, details=weighed.as_json())

    workshop.store.write_sync(write)


def _once(split: SplitSentences) -> SplitSentences:
    """Split each article's texts once, however many indexes are made of it."""

    @cache
    def spans(texts: tuple[str, ...]) -> list[Spans]:
        return split(texts)

    return lambda texts: spans(tuple(texts))


def _as_it_serves(workshop: Workshop, kb: str, index: Index) -> Search:
    """Search an index as the one that serves does, where there is one."""
    try:
        current = Search.open(workshop.places.index, kb=kb, encoder=workshop.encoder, judge=workshop.judge)
    except IndexUnusable:
        return Search(index, workshop.encoder, default_calibration(), kb_version="weighed")
    return Search(index, workshop.encoder, current.calibration, kb_version="weighed", reranking=current.reranking)


def _asked(questions: Sequence[Question], before: Search, after: Search) -> Asked:
    was, now = (_right(questions, search) for search in (before, after))
    changes = [(one.question, new) for one, old, new in zip(questions, was, now, strict=True) if old != new]
    gained, lost = (tuple(text for text, new in changes if new is side) for side in (True, False))
    return Asked(len(questions), sum(was), gained, lost)


def _right(questions: Sequence[Question], search: Search) -> list[bool]:
    found = (search.suggest(one.question, limit=1).suggestions for one in questions)
    return [bool(first) and first[0].article_id in one.relevant for first, one in zip(found, questions, strict=True)]


def _both(halves: Sequence[Asked]) -> Asked:
    return Asked(
        sum(one.cases for one in halves),
        sum(one.right_before for one in halves),
        tuple(text for one in halves for text in one.gained),
        tuple(text for one in halves for text in one.lost),
    )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
