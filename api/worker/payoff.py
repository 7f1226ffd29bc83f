"""Replays a period's questions with a drafted article in the index: how many would it have answered?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.articles.catalogue import drafted_article
from api.company import load_company
from api.insight.period import Period, period_of
from api.privacy.masking import masked
from api.store.tables import ArticleVersion, Conversation, Message, Turn
from api.suggestions.sets import Question, question_of
from api.worker.index import article_of, taught
from api.worker.jobs import JobFailed, Reporter, Work
from api.worker.workshop import Workshop
from kb_index.articles import Article
from kb_index.build import spacy_sentences
from kb_index.index import make_index
from kb_index.pages import SplitSentences
from kb_index.search import Finding, Search, Utterance

MOST_ASKED = 1_500  # the newest questions; each is searched twice, a few milliseconds each
MOST_KEPT = 200  # message ids in the outcome
SEARCHED = ("answer", "clarify", "fallback", "rejected")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the draft does to the questions."""

    gained: tuple[Question, ...]  # answered by it, and by nothing now
    stolen: tuple[Question, ...]  # answered by it, and by another article now
    own: int  # questions it was written from: they prove nothing


def predict_payoff(workshop: Workshop, work: Work, reporter: Reporter, split: SplitSentences | None = None) -> None:
    """Predict what the draft of `work.arguments["article_id"]` would have answered in a period.

    Raises:
        JobFailed: there is no draft, no index, or no question.
    """
    kb, article_id = str(work.arguments["kb"]), str(work.arguments["article_id"])
    zone = load_company(workshop.data_dir / "company.yml").time_zone
    period = period_of(workshop.clock.now(), zone, days=int(work.arguments["days"]))
    reporter.stage("Reading the draft and the questions", 0.05)
    characters = workshop.settings.model_characters
    draft, articles, asked = workshop.store.read_sync(
        lambda session: (
            drafted_article(session, kb, article_id),
            taught(session, kb),
            asked_in(session, kb, period, characters=characters),
        )
    )
    if draft is None:
        raise JobFailed(f"there is no draft of {article_id!r}")
    if not asked:
        raise JobFailed("no customer asked anything in this period")
    current = Search.open(workshop.places.index, kb=kb, encoder=workshop.encoder, judge=workshop.judge)
    reporter.stage("Indexing with the draft", 0.15)
    others = [article for article in articles if article.article_id != article_id]
    candidate = _with(draft, others, workshop, current, split or spacy_sentences())
    reporter.stage("Asking both", 0.4)
    found = replay(asked, candidate, current, draft, lambda share: reporter.stage("Asking both", 0.4 + share / 2))
    reporter.finish(
        {
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "days": period.days,
            "questions": len(asked),
            "gained": len(found.gained),
            "gained_conversations": len({one.conversation_id for one in found.gained}),
            "stolen": len(found.stolen),
            "own": found.own,
            "gained_ids": [one.message_id for one in found.gained][:MOST_KEPT],
            "stolen_ids": [one.message_id for one in found.stolen][:MOST_KEPT],
            "kb_version": current.kb_version,
            "cut_off": current.calibration.cut_offs.answer,
        }
    )


def asked_in(session: Session, kb: str, period: Period, *, characters: int) -> list[Question]:
    """Return the questions of a period that the search was to answer, with what was said before each."""
    ids = session.scalars(
        select(Message.id)
        .join(Turn, Turn.message_id == Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.kb == kb, Message.sender == "customer", Message.button_id.is_(None))
        .where(Turn.state == "done", Turn.mode == "reply", Turn.outcome.in_(SEARCHED))
        .where(Message.created_at >= period.start, Message.created_at < period.end)
        .order_by(Message.created_at.desc(), Message.id)
        .limit(MOST_ASKED)
    ).all()
    questions = (question_of(session, message_id, characters=characters) for message_id in ids)
    return [question for question in questions if question is not None]


def replay(
    asked: Sequence[Question],
    candidate: Search,
    current: Search,
    draft: ArticleVersion,
    progress: Callable[[float], None] = lambda _share: None,
) -> Replayed:
    """Ask both indexes every question.

    Args:
        asked: real questions.
        candidate: the index with the draft, at the cut-offs that serve.
        current: the index that serves.
        draft: its own questions are counted apart.
        progress: told the share that is done.
    """
    own = {_plain(question) for question in draft.questions or ()}
    gained, stolen, known = [], [], 0
    for place, question in enumerate(asked):
        if place % 50 == 0:
            progress(place / len(asked))
        if first_answer(candidate, question) != draft.article_id:
            continue
        if _plain(question.text) in own or _plain(masked(question.text)) in own:
            known += 1
        elif first_answer(current, question) is None:
            gained.append(question)
        else:
            stolen.append(question)
    return Replayed(tuple(gained), tuple(stolen), known)


def first_answer(search: Search, question: Question) -> str | None:
    """Return the article the bot would answer with; None when it would not answer."""
    history = [Utterance("customer" if line.speaker == "customer" else "agent", line.text) for line in question.history]
    finding: Finding = search.suggest(question.text, history=history, limit=1)
    answers = finding.decision == "answer" and finding.suggestions
    return finding.suggestions[0].article_id if answers else None


def _with(
    draft: ArticleVersion, others: Sequence[Article], workshop: Workshop, current: Search, split: SplitSentences
) -> Search:
    articles = sorted([*others, article_of(draft)], key=lambda article: article.article_id)
    index = make_index(articles, workshop.encoder, split, before=current.index)
    return Search(index, workshop.encoder, current.calibration, kb_version="with-draft", reranking=current.reranking)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
