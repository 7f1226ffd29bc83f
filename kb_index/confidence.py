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

from kb_index.cut_offs import answer_cut_off, best_parting
from kb_index.evidence import Query
from kb_index.index import Index
from kb_index.retrieve import FoundPage

Decision = Literal["answer", "clarify", "offer_person", "none"]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# What a first message says is judged by itself; one that follows up says little by itself ("and how long?"), and is
# judged by its conversation. Figures that compare pages mean the same in both, and in every knowledge base.
SIGNALS = (
    "follows_up",  # whether the customer has spoken of the topic before
    "similarity",  # first message only: its cosine to the page's best passage or sentence
    "question",  # first message only: its cosine to what the page is asked for by
    "article_words",  # first message only: share of the best BM25 score that an article could have
    "length",  # first message only: logarithm of the number of words that say something
    "nearest",  # first message only: mean cosine to the three nearest things that any article is asked for by
    "domain",  # first message only: where it lies, within what the articles are about or beyond (kb_index/domain.py)
    "conversation",  # follow-up only: cosine of the conversation to the page's best passage
    "lead",  # of the page's strength over the best other page's
    "chance",  # of the page among all, were strengths all that counted
    "passage_lead",  # of its best passage's BM25
    "article_lead",  # of the whole page's BM25
    "taught_lead",  # of what customers' own words say
    "agreement",  # how far all kinds of evidence speak for the page, however much they speak for another
)
# Where two articles both answer, neither leads: what compares pages tells which is right, but not whether any is.
COMPARING = frozenset(("lead", "chance", "passage_lead", "article_lead", "taught_lead"))
TELL_RIGHT = np.array([float(name != "agreement") for name in SIGNALS])
TELL_COVERED = np.array([float(name not in COMPARING) for name in SIGNALS])
DEFAULT = Path(__file__).with_name("default_calibration.json")
PENALTY = 10.0  # on the weights of a curve fitted without one before it
FOLDS = 5
NEAREST_ASKED = 3
PRIOR_WEIGHT = 20.0  # labelled questions that the shipped calibration counts for, against a company's own


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with the articles that answer it; none of them means that no article does."""

    question: str
    relevant: tuple[str, ...]
    history: tuple[tuple[str, str], ...] = ()  # (speaker, text), oldest first


@dataclass(frozen=True, slots=True)
class CutOffs:
    """Where decisions change."""

    answer: float  # chance of being right from which the bot answers: at most `budget` of these answers are wrong
    clarify: float  # chance that any article answers, below which a person is offered however near an article is
    budget: float = 0.05


@dataclass(frozen=True, slots=True)
class Curve:
    """A logistic curve over `SIGNALS` in standard units (Platt, 1999)."""

    weights: tuple[float, ...]
    bias: float

    def chance(self, rows: Floats) -> Floats:
        """Return the chance for each row of standard signals, in [0, 1]."""
        inner = rows @ np.array(self.weights) + self.bias
        chance: Floats = 1.0 / (1.0 + np.exp(-np.clip(inner, -30.0, 30.0)))
        return chance


@dataclass(frozen=True, slots=True)
class Calibration:
    """How sure is sure: two curves over the signals of the first page, and the cut-offs that go with them."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    right: Curve  # that this page is right
    covered: Curve  # that any article answers
    answer_share: float  # of the right articles, how many show the right answer
    cut_offs: CutOffs

    def confidence(self, signals: Floats) -> Floats:
        """Return the chance of being right, in [0, 1], for each row of signals."""
        return self.right.chance(self.standard(signals))

    def coverage(self, signals: Floats) -> Floats:
        """Return the chance that any article answers, in [0, 1], for each row of signals of a first page."""
        return self.covered.chance(self.standard(signals))

    def standard(self, signals: Floats) -> Floats:
        """Return the signals in units of their usual spread around their usual value."""
        standardised: Floats = np.clip((signals - np.array(self.means)) / np.array(self.scales), -5.0, 5.0)
        return standardised

    def decide(self, confidence: float, coverage: float) -> Decision:
        """Choose what to do with a first article of this confidence, for a question of this coverage."""
        if coverage < self.cut_offs.clarify:
            return "offer_person"
        return "answer" if confidence >= self.cut_offs.answer else "clarify"

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
        curves = {name: Curve(tuple(fields[name]["weights"]), fields[name]["bias"]) for name in ("right", "covered")}
        lists = {name: tuple(fields[name]) for name in ("means", "scales")}
        return cls(**{**fields, **lists, **curves, "cut_offs": CutOffs(**fields["cut_offs"])})


def default_calibration() -> Calibration:
    """Return the calibration for a knowledge base without labelled questions."""
    return Calibration.from_json(DEFAULT.read_bytes())


def signals_of(index: Index, query: Query, pages: Sequence[FoundPage]) -> Floats:
    """Return the signals of each page found, shape (pages, signals)."""
    ceiling = max(index.article_words.ceiling(query.words[1]), 1e-9)
    asked = np.sort(index.question_vectors @ query.vectors[0])[-NEAREST_ASKED:]
    nearest = float(asked.mean()) if len(asked) else 0.0
    domain = index.domain.position(query.vectors[0])
    later = query.asked.follows_up
    first = 1.0 - later
    rows = []
    for page in pages:
        cosine, _, article_words, question, *_ = page.standing.evidence
        _, passage_lead, article_lead, _, taught_lead, *_ = page.standing.leads
        similarity = page.passages[0].similarity if page.passages else 0.0
        length = math.log1p(query.asked.word_count())
        own = (similarity, question, article_words / ceiling, length, nearest, domain)
        leads = (page.standing.lead, page.standing.chance, passage_lead, article_lead, taught_lead)
        compared = (*leads, page.standing.agreement)
        rows.append((float(later), *(first * value for value in own), later * cosine, *compared))
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(SIGNALS))


def fit(
    signals: Floats, right: Flags, answerable: Flags, prior: Calibration | None = None, *, budget: float = 0.05
) -> Calibration:
    """Fit both curves to labelled questions, and choose the cut-offs on questions left out of fitting.

    Args:
        signals: of the first page found for each question, shape (questions, signals).
        right: whether that page was right; an unanswerable question's never is.
        answerable: whether any article answers.
        prior: where the curves are drawn to when there are few questions; without one, towards none.
        budget: greatest share of wrong answers among those the bot gives.
    """
    means, scales = (np.array(prior.means), np.array(prior.scales)) if prior else spread(signals)
    rows = np.clip((signals - means) / scales, -5.0, 5.0)
    right_rows, covered_rows = rows * TELL_RIGHT, rows * TELL_COVERED
    right_before, covered_before = (prior.right, prior.covered) if prior else (None, None)
    sure = cross_fitted(right_rows, right, right_before)
    covered = cross_fitted(covered_rows, answerable, covered_before)
    clarify = best_parting(covered, answerable, otherwise=prior.cut_offs.clarify if prior else 0.5)
    return Calibration(
        means=tuple(means.tolist()),
        scales=tuple(scales.tolist()),
        right=fitted_curve(right_rows, right, right_before),
        covered=fitted_curve(covered_rows, answerable, covered_before),
        answer_share=prior.answer_share if prior else 0.85,
        cut_offs=CutOffs(
            answer=answer_cut_off(np.where(covered >= clarify, sure, 0.0), right, budget=budget),
            clarify=clarify,
            budget=budget,
        ),
    )


def fitted_curve(rows: Floats, flags: Flags, prior: Curve | None) -> Curve:
    """Fit a curve by Newton's method with a quadratic penalty on the distance to the curve before."""
    start = np.array([*prior.weights, prior.bias]) if prior else np.zeros(rows.shape[1] + 1)
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    penalty = np.full(len(start), PRIOR_WEIGHT / 4 if prior else PENALTY)  # a sure question has a curvature of 1/4
    penalty[-1] = 0.1
    weights = start.copy()
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30.0, 30.0)))
        slope = rows.T @ (chance - flags) + penalty * (weights - start)
        curve = (rows * (chance * (1.0 - chance))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights -= np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-6:
            break
    return Curve(tuple(weights[:-1].tolist()), float(weights[-1]))


def cross_fitted(rows: Floats, flags: Flags, prior: Curve | None) -> Floats:
    """Return the chance of each labelled question by a curve fitted to the others (every fifth left out in turn).

    What a cut-off is chosen on: a curve looks surer of the questions it was fitted to than of those customers ask.
    """
    chances = np.empty(len(flags))
    for fold in range(FOLDS):
        left_out = np.arange(len(flags)) % FOLDS == fold
        if left_out.any():
            chances[left_out] = fitted_curve(rows[~left_out], flags[~left_out], prior).chance(rows[left_out])
    return chances


def spread(signals: Floats) -> tuple[Floats, Floats]:
    """Return the mean and the spread (never 0) of each signal."""
    scales = signals.std(axis=0)
    return signals.mean(axis=0), np.where(scales > 1e-6, scales, 1.0)
