"""How good the answers of a knowledge base are, on the company's own labelled questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kb_index.confidence import LabelledQuestion
from kb_index.conversation import Utterance
from kb_index.reliability import Bin, bins_of, expected_calibration_error
from kb_index.report_pairs import Pair, contradictions, near_duplicates
from kb_index.search import Search

RANKED = 10
RESAMPLES = 1_000
SEED = 7
INTERVAL = (2.5, 97.5)  # percentiles: a 95 % interval

Floats = npt.NDArray[np.float64]
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over questions, with a bootstrap interval (Efron, 1979; percentiles of 1,000 resamples)."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure | None:
        """Return the mean of some values with its interval; None of none."""
        if not values:
            return None
        array = np.array(values, dtype=np.float64)
        chosen = np.random.default_rng(SEED).integers(len(array), size=(RESAMPLES, len(array)))
        low, high = np.percentile(array[chosen].mean(axis=1), INTERVAL)
        return cls(float(array.mean()), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one labelled question."""

    question: str
    relevant: tuple[str, ...]
    ranking: tuple[str, ...]  # article ids, best first
    confidence: float  # chance that ranking[0] is right
    decision: str

    @property
    def place(self) -> int | None:
        """The place of the first right article, 1 for the first; None when it was not found."""
        return next((place for place, found in enumerate(self.ranking, start=1) if found in self.relevant), None)


@dataclass(frozen=True, slots=True)
class ArticleQuality:
    """How the questions of one article fare."""

    article_id: str
    title: str
    questions: int
    first: int  # questions that found it first
    third: int  # among the first three
    never: int  # not among the first ten
    stolen_by: tuple[tuple[str, int], ...]  # other articles that came first instead, and how often; most often first


@dataclass(frozen=True, slots=True)
class Report:
    """The answer quality of one knowledge base."""

    kb: str
    kb_version: str
    answerable: int
    unanswerable: int
    figures: dict[str, Figure | None]
    coverage: tuple[tuple[float, float], ...]  # (share of questions answered, share of wrong ones among them)
    reliability: tuple[Bin, ...]  # the least sure first
    calibration_error: float | None  # expected, over `reliability`; None without questions
    articles: tuple[ArticleQuality, ...]  # with questions, those that fare worst first
    unasked: tuple[str, ...]  # public articles that no labelled question is about
    duplicates: tuple[Pair, ...]
    contradictions: tuple[Pair, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON takes it."""
        return asdict(self)


def make_report(
    search: Search,
    questions: Sequence[LabelledQuestion],
    *,
    kb: str = "main",
    progress: Progress = lambda _stage, _share: None,
) -> Report:
    """Ask every labelled question and look at what came of it.

    Args:
        search: the index that serves.
        questions: each with the articles that answer it; none of them means that no article does.
        kb: the knowledge base's slug.
        progress: told what is being done and how far it is.
    """
    outcomes = []
    for number, question in enumerate(questions):
        if number % 20 == 0:
            progress("Asking", 0.8 * number / len(questions))
        outcomes.append(ask(search, question))
    answerable = [outcome for outcome in outcomes if outcome.relevant]
    progress("Comparing passages", 0.8)
    duplicates = near_duplicates(search.index)
    progress("Comparing figures", 0.9)
    differing = contradictions(search.index)
    progress("Done", 1.0)
    reliability = bins_of([one.confidence for one in outcomes], [one.place == 1 for one in outcomes])
    asked = {article_id for outcome in outcomes for article_id in outcome.relevant}
    public = [article.article_id for article in search.index.articles if article.audience == "public"]
    return Report(
        kb=kb,
        kb_version=search.kb_version,
        answerable=len(answerable),
        unanswerable=len(outcomes) - len(answerable),
        figures=figures_of(outcomes),
        coverage=coverage_curve(outcomes),
        reliability=reliability,
        calibration_error=expected_calibration_error(reliability),
        articles=qualities(search, answerable),
        unasked=tuple(article_id for article_id in public if article_id not in asked),
        duplicates=tuple(duplicates),
        contradictions=tuple(differing),
    )


def ask(search: Search, question: LabelledQuestion) -> Outcome:
    """Ask one labelled question as a customer would."""
    history = [Utterance("customer" if who == "customer" else "agent", text) for who, text in question.history]
    found = search.suggest(question.question, history=history, limit=RANKED)
    ranking = tuple(suggestion.article_id for suggestion in found.suggestions)
    return Outcome(question.question, question.relevant, ranking, found.confidence, found.decision)


def figures_of(outcomes: Sequence[Outcome]) -> dict[str, Figure | None]:
    """Return the headline figures, each a mean over the questions it is about."""
    answerable = [outcome for outcome in outcomes if outcome.relevant]
    places = [outcome.place for outcome in answerable]
    answered = [outcome for outcome in outcomes if outcome.decision == "answer"]
    return {
        "recall@1": Figure.of([float(place == 1) for place in places]),
        "recall@3": Figure.of([float(place is not None and place <= 3) for place in places]),
        "mrr": Figure.of([1.0 / place if place else 0.0 for place in places]),
        "answered": Figure.of([float(outcome.decision == "answer") for outcome in outcomes]),
        "wrong_among_answered": Figure.of([float(outcome.place != 1) for outcome in answered]),
        "unanswerable_offered": Figure.of(
            [float(outcome.decision == "offer_person") for outcome in outcomes if not outcome.relevant]
        ),
        "answerable_helped": Figure.of([float(outcome.decision in ("answer", "clarify")) for outcome in answerable]),
        "unanswerable_not_answered": Figure.of(
            [float(outcome.decision != "answer") for outcome in outcomes if not outcome.relevant]
        ),
    }


def coverage_curve(outcomes: Sequence[Outcome]) -> tuple[tuple[float, float], ...]:
    """Return, for every cut-off on confidence, how many questions are answered and how many of those wrongly.

    An unanswerable question that is answered counts as wrong.
    """
    ordered = sorted(outcomes, key=lambda outcome: -outcome.confidence)
    points, wrong = [], 0
    for count, outcome in enumerate(ordered, start=1):
        wrong += outcome.place != 1
        is_last_of_tie = count == len(ordered) or ordered[count].confidence != outcome.confidence
        if is_last_of_tie:
            points.append((count / len(ordered), wrong / count))
    return tuple(points)


def qualities(search: Search, answerable: Sequence[Outcome]) -> tuple[ArticleQuality, ...]:
    """Return how each article that is asked for fares, the worst first."""
    titles = {article.article_id: article.title for article in search.index.articles}
    by_article: dict[str, list[Outcome]] = {}
    for outcome in answerable:
        for article_id in outcome.relevant:
            by_article.setdefault(article_id, []).append(outcome)
    found = [_quality(article_id, titles.get(article_id, ""), mine) for article_id, mine in by_article.items()]
    return tuple(sorted(found, key=lambda one: (one.first / one.questions, -one.questions, one.article_id)))


def _quality(article_id: str, title: str, outcomes: Sequence[Outcome]) -> ArticleQuality:
    thieves = Counter(outcome.ranking[0] for outcome in outcomes if outcome.ranking and outcome.place != 1)
    return ArticleQuality(
        article_id=article_id,
        title=title,
        questions=len(outcomes),
        first=sum(outcome.place == 1 for outcome in outcomes),
        third=sum(outcome.place is not None and outcome.place <= 3 for outcome in outcomes),
        never=sum(outcome.place is None for outcome in outcomes),
        stolen_by=tuple(thieves.most_common()),
    )
