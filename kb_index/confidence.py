"""Confidence: the chance that the first article is right, learnt from labelled questions; and what to do about it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kb_index.index import Index
from kb_index.retrieve import FoundPage, Query

Decision = Literal["answer", "clarify", "offer_person", "none"]
Floats = npt.NDArray[np.float64]

SIGNALS = (
    "similarity",  # cosine of the last turn to the page's best passage or sentence
    "conversation",  # cosine of the conversation to its best passage
    "question",  # cosine of the last turn to its title or nearest listed question
    "margin",  # its strength less the best other page's
    "passage_share",  # of the best BM25 score that a passage could have
    "article_share",  # the same for whole articles
    "question_share",  # of the best that the last turn alone could have in the page's first passage
    "agreement",  # how many of the two ways (meaning, words) put this page first, halved
    "follow_up",  # whether anything was said before
    "length",  # logarithm of the number of words that say something
)
DEFAULT = Path(__file__).with_name("default_calibration.json")
PRIOR_WEIGHT = 20.0  # labelled questions that the shipped calibration counts for, against a company's own


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with the articles that answer it; none of them means that no article does."""

    question: str
    relevant: tuple[str, ...]
    history: tuple[tuple[str, str], ...] = ()  # (speaker, text), oldest first


@dataclass(frozen=True, slots=True)
class CutOffs:
    """Where decisions change. `answer` is chosen so that at most `budget` of the answers given are wrong."""

    answer: float
    clarify: float
    budget: float = 0.05


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic curve over `SIGNALS` (Platt, 1999), and the cut-offs that go with it."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    answer_share: float  # of the right articles, how many show the right answer
    cut_offs: CutOffs

    def confidence(self, signals: Floats) -> Floats:
        """Return the chance of being right, in [0, 1], for each row of signals."""
        inner = self.standard(signals) @ np.array(self.weights) + self.bias
        chance: Floats = 1.0 / (1.0 + np.exp(-np.clip(inner, -30.0, 30.0)))
        return chance

    def standard(self, signals: Floats) -> Floats:
        """Return the signals in units of their usual spread around their usual value."""
        standardised: Floats = np.clip((signals - np.array(self.means)) / np.array(self.scales), -5.0, 5.0)
        return standardised

    def decide(self, confidence: float) -> Decision:
        """Choose what to do with a first article of this confidence."""
        if confidence >= self.cut_offs.answer:
            return "answer"
        return "clarify" if confidence >= self.cut_offs.clarify else "offer_person"

    def to_json(self) -> bytes:
        """Return the calibration as JSON."""
        return json.dumps({"signals": SIGNALS, **asdict(self)}, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Calibration:
        """Read what `to_json` gave.

        Raises:
            ValueError: it was made for other signals.
        """
        fields: dict[str, Any] = json.loads(content)
        if tuple(fields.pop("signals")) != SIGNALS:
            raise ValueError("the calibration was made for other signals")
        lists = ("means", "scales", "weights")
        fields = {name: tuple(value) if name in lists else value for name, value in fields.items()}
        return cls(**{**fields, "cut_offs": CutOffs(**fields["cut_offs"])})


def default_calibration() -> Calibration:
    """Return the calibration for a knowledge base without labelled questions."""
    return Calibration.from_json(DEFAULT.read_bytes())


def signals_of(index: Index, query: Query, pages: Sequence[FoundPage]) -> Floats:
    """Return the signals of each page found, shape (pages, signals)."""
    ceilings = (
        max(index.passage_words.ceiling(query.words[1]), 1e-9),
        max(index.article_words.ceiling(query.words[1]), 1e-9),
        max(index.passage_words.ceiling(query.words[0]), 1e-9),
    )
    own_words = index.passage_words.scores(query.words[0])
    firsts = [max(range(len(pages)), key=lambda place: pages[place].evidence[kind]) for kind in (0, 1)] if pages else []
    rows = []
    for place, page in enumerate(pages):
        others = [other.strength for other in pages if other is not page]
        passage = page.passages[0] if page.passages else None
        rows.append(
            (
                passage.similarity if passage else 0.0,
                page.evidence[0],
                page.evidence[3],
                page.strength - max(others, default=0.0),
                page.evidence[1] / ceilings[0],
                page.evidence[2] / ceilings[1],
                float(own_words[passage.row]) / ceilings[2] if passage else 0.0,
                firsts.count(place) / 2,
                float(bool(query.asked.history)),
                math.log1p(query.asked.word_count()),
            )
        )
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(SIGNALS))


def fit(signals: Floats, right: npt.NDArray[np.bool_], prior: Calibration | None = None) -> Calibration:
    """Fit the curve to labelled questions, one row each, by Newton's method with a quadratic penalty.

    Args:
        signals: of the first page found for each question, shape (questions, signals).
        right: whether that page was right; an unanswerable question's never is.
        prior: where the weights are drawn to when there are few questions; without one, towards none.
    """
    means, scales = (np.array(prior.means), np.array(prior.scales)) if prior else spread(signals)
    start = np.array([*prior.weights, prior.bias]) if prior else np.zeros(len(SIGNALS) + 1)
    rows = np.clip((signals - means) / scales, -5.0, 5.0)
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    penalty = np.full(len(start), PRIOR_WEIGHT / 4 if prior else 1.0)  # a sure question has a curvature of 1/4
    penalty[-1] = 0.1
    weights = start.copy()
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30.0, 30.0)))
        slope = rows.T @ (chance - right) + penalty * (weights - start)
        curve = (rows * (chance * (1.0 - chance))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights -= np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-6:
            break
    cut_offs = prior.cut_offs if prior else CutOffs(0.7, 0.3)
    answer_share = prior.answer_share if prior else 0.85
    return Calibration(tuple(means), tuple(scales), tuple(weights[:-1]), float(weights[-1]), answer_share, cut_offs)


def spread(signals: Floats) -> tuple[Floats, Floats]:
    """Return the mean and the spread (never 0) of each signal."""
    scales = signals.std(axis=0)
    return signals.mean(axis=0), np.where(scales > 1e-6, scales, 1.0)
