"""Training the classifier: regression on all examples, confidence learned from examples it was not shown.

scikit-learn and scipy are loaded here only. The n-grams are reduced to their main directions before the regression,
which keeps training short, and its weights are multiplied out afterwards, so that serving needs one table look-up.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.intents.classifier import Classifier
from bot.intents.confidence import SIGNALS, Neighbours, Scorer, signals
from bot.intents.ngrams import Ngrams
from bot.intents.vectors import Array, Floats, Integers, SentenceEncoder, encode_all

# Chosen on a fifth of Banking77's and CLINC150's training lines, and on the 5- and 10-shot validation lines.
DIRECTIONS = 300  # directions the n-grams are reduced to
NGRAM_WEIGHT = 0.5  # of an n-gram row beside a sentence vector of length 1
INVERSE_PENALTY = 20.0  # scikit-learn's C
ITERATIONS = 100
ITERATIONS_OF_MANY = 60  # above `FEW` lines: 40 fewer cost no accuracy on Banking77 and save a third of the time
FEW = 3000  # up to here confidence is learned from five folds, above it from one part held out
HELD_OUT = 0.15  # the share held out above `FEW`
LEFT_OUT_LABELS = 0.2  # labels left out of a fold, whose examples stand for messages out of scope

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Example:
    """One training sentence."""

    text: str
    label: str
    oos: bool = False  # out of scope: teaches rejection; its label is never predicted


@dataclass(frozen=True)
class Lines:
    """Examples in scope, encoded."""

    texts: tuple[str, ...]
    vectors: Floats
    labels: Integers

    def __getitem__(self, rows: Array) -> Lines:
        return Lines(tuple(self.texts[i] for i in rows), self.vectors[rows], self.labels[rows])

    def __add__(self, other: Lines) -> Lines:
        return Lines(
            self.texts + other.texts,
            np.concatenate([self.vectors, other.vectors]),
            np.concatenate([self.labels, other.labels]),
        )


@dataclass(frozen=True)
class Regression:
    """The regression's weights, multiplied out to n-grams; columns follow the label numbers it was shown."""

    ngrams: Ngrams
    vector_weights: Floats
    ngram_weights: Floats
    bias: Floats


def spoken(label: str) -> str:
    """Return a label's name as words ("card_arrival" -> "card arrival"); "" when it holds no words."""
    words = re.sub(r"[^A-Za-z]+", " ", label).strip().lower()
    return words if len(words) > 2 else ""


def train(
    examples: Sequence[Example], encoder: SentenceEncoder, *, seed: int = 7, progress: Progress = lambda _: None
) -> Classifier:
    """Train a classifier.

    Args:
        examples: at least two labels in scope, each with at least one example; blank texts are skipped.
        encoder: encodes them; serving needs the same one.
        seed: decides folds and directions; the same seed and examples give the same classifier.
        progress: told what is going on, in words.

    Raises:
        ValueError: fewer than two labels in scope.
    """
    inside = [example for example in examples if not example.oos and example.text.strip()]
    labels = tuple(sorted({example.label for example in inside}))
    if len(labels) < 2:
        raise ValueError(f"two labels in scope are needed, there are {len(labels)}: {list(labels)}")
    progress(f"Encoding {len(examples)} examples")
    numbers = {label: number for number, label in enumerate(labels)}
    lines = encoded([(e.text, numbers[e.label]) for e in inside], encoder)
    names = encoded([(spoken(label), numbers[label]) for label in labels if spoken(label)], encoder)
    outside_texts = tuple(e.text for e in examples if e.oos and e.text.strip())
    outside = Lines(outside_texts, encode_all(encoder, outside_texts), np.full(len(outside_texts), -1))
    progress("Learning confidence from held-out examples")
    scope, right = learn_confidence(lines, names, outside, seed=seed)
    progress(f"Fitting {len(labels)} labels")
    fitted = regress(lines + names, len(labels), seed=seed)
    return Classifier(
        labels,
        encoder.encoder_version,
        fitted.ngrams,
        fitted.vector_weights,
        fitted.ngram_weights,
        fitted.bias,
        Neighbours.of(lines.vectors, lines.labels, outside.vectors),
        scope,
        right,
    )


def encoded(pairs: Sequence[tuple[str, int]], encoder: SentenceEncoder) -> Lines:
    """Encode texts with their label numbers."""
    texts = tuple(text for text, _ in pairs)
    return Lines(texts, encode_all(encoder, texts), np.array([label for _, label in pairs], dtype=np.int64))


def regress(lines: Lines, count: int, *, seed: int) -> Regression:
    """Fit the regression.

    Args:
        lines: encoded examples.
        count: how many labels there are; one without an example gets weights of 0 and a very low bias.
        seed: of the directions.
    """
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import TruncatedSVD
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    ngrams = Ngrams.of(lines.texts)
    table = ngram_table(ngrams, lines.texts, csr_matrix)
    directions = min(DIRECTIONS, min(table.shape) - 1)
    reducer = TruncatedSVD(max(1, directions), n_iter=3, random_state=seed)
    reduced = reducer.fit_transform(table) * NGRAM_WEIGHT
    model = LogisticRegression(
        C=INVERSE_PENALTY, max_iter=ITERATIONS if len(lines.texts) <= FEW else ITERATIONS_OF_MANY, tol=1e-3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # ending after so many iterations is meant
        model.fit(np.hstack([lines.vectors, reduced]).astype(np.float32), lines.labels)
    coefficients, intercept = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two labels
        coefficients, intercept = (
            np.vstack([-coefficients / 2, coefficients / 2]),
            np.hstack([-intercept, intercept]) / 2,
        )
    dim = lines.vectors.shape[1]
    weights = np.zeros((coefficients.shape[1], count), dtype=np.float32)
    bias = np.full(count, -50.0, dtype=np.float32)
    weights[:, model.classes_] = coefficients.T
    bias[model.classes_] = intercept
    ngram_weights = (reducer.components_.T * NGRAM_WEIGHT) @ weights[dim:]
    return Regression(ngrams, weights[:dim], ngram_weights.astype(np.float32), bias)


def ngram_table(ngrams: Ngrams, texts: Sequence[str], csr_matrix: Any) -> Any:
    """Return the texts' n-gram rows as a sparse table, shape (texts, n-grams)."""
    rows = [ngrams.row(text) for text in texts]
    ends = np.cumsum([0, *(len(row.columns) for row in rows)])
    columns = np.concatenate([row.columns for row in rows])
    weights = np.concatenate([row.weights for row in rows])
    return csr_matrix((weights, columns, ends), shape=(len(rows), len(ngrams.columns)))


def logits_of(regression: Regression, lines: Lines) -> Floats:
    """Return the logits of many lines, shape (lines, labels)."""
    total = lines.vectors @ regression.vector_weights + regression.bias
    for i, text in enumerate(lines.texts):
        row = regression.ngrams.row(text)
        total[i] += row.weights @ regression.ngram_weights[row.columns]
    result: Floats = total.astype(np.float32)
    return result


@dataclass(frozen=True)
class Observed:
    """Signals of lines the regression was not shown, with what was true of them."""

    columns: Floats
    in_scope: Array
    right: Array


def folds(labels: Integers, *, seed: int) -> Iterator[tuple[Array, Array]]:
    """Yield (shown, held out) row numbers: five folds of few lines, one part of many; every label stays shown."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(labels))
    counts = Counter(labels.tolist())
    place: Counter[int] = Counter()
    parts = 5 if len(labels) <= FEW else round(1 / HELD_OUT)
    fold = np.empty(len(labels), dtype=np.int64)
    for row in order:
        label = int(labels[row])
        fold[row] = (label + place[label]) % parts if counts[label] > 1 else -1
        place[label] += 1
    for part in range(parts if len(labels) <= FEW else 1):
        yield np.flatnonzero(fold != part), np.flatnonzero(fold == part)


def learn_confidence(lines: Lines, names: Lines, outside: Lines, *, seed: int) -> tuple[Scorer, Scorer]:
    """Learn the chance of being in scope, and of the label being right, from lines held out.

    In each fold some labels are left out altogether: their examples look like the company's own business without having
    an answer, which is what most messages out of scope look like. Real out-of-scope examples are used beside them.
    """
    count = int(lines.labels.max()) + 1
    observed: list[Observed] = []
    for part, (shown, held) in enumerate(folds(lines.labels, seed=seed)):
        random = np.random.default_rng(seed * 1000 + part)
        absent = (
            random.choice(count, size=int(count * LEFT_OUT_LABELS), replace=False) if count >= 5 else np.array([], int)
        )
        kept = shown[~np.isin(lines.labels[shown], absent)]
        named = np.flatnonzero(~np.isin(names.labels, absent))
        shown_lines = lines[kept]
        regression = regress(shown_lines + names[named], count, seed=seed)
        neighbours = Neighbours.of(shown_lines.vectors, shown_lines.labels, outside.vectors)
        observed.append(observe(regression, lines[held], neighbours, absent))
        if len(outside.texts):
            columns = signals(logits_of(regression, outside), outside.vectors, neighbours, outside_itself=True)
            nothing = np.zeros(len(outside.texts), dtype=bool)
            observed.append(Observed(columns, nothing, nothing))
    columns = np.concatenate([seen.columns for seen in observed])
    in_scope = np.concatenate([seen.in_scope for seen in observed])
    right = np.concatenate([seen.right for seen in observed])
    return fit_scorer(columns, in_scope, balanced=True), fit_scorer(columns[in_scope], right[in_scope], balanced=False)


def observe(regression: Regression, held: Lines, neighbours: Neighbours, absent: Array) -> Observed:
    """Classify lines held out; those of absent labels are out of scope."""
    logits = logits_of(regression, held)
    in_scope = ~np.isin(held.labels, absent)
    return Observed(signals(logits, held.vectors, neighbours), in_scope, logits.argmax(axis=1) == held.labels)


def fit_scorer(columns: Floats, truth: Array, *, balanced: bool) -> Scorer:
    """Fit a logistic regression on standardised signals; only one outcome seen gives its smoothed share."""
    from sklearn.linear_model import LogisticRegression

    if len(columns) == 0:
        columns, truth = np.zeros((1, len(SIGNALS)), dtype=np.float32), np.ones(1, dtype=bool)
    centre, scale = columns.mean(axis=0), columns.std(axis=0) + 1e-6
    if truth.all() or not truth.any():
        smoothed = (truth.sum() + 1) / (len(truth) + 2)
        bias = float(np.log(smoothed / (1 - smoothed)))
        return Scorer(centre, scale, np.zeros(columns.shape[1], dtype=np.float32), bias)
    model = LogisticRegression(C=1.0, class_weight="balanced" if balanced else None)
    model.fit((columns - centre) / scale, truth)
    return Scorer(centre, scale, model.coef_[0].astype(np.float32), float(model.intercept_[0]))
