"""Fitting the regression; scipy is loaded here only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bot.intents.ngrams import Ngrams
from bot.intents.regression import NGRAM_WEIGHT, InnerView, Regression, likeness
from bot.intents.vectors import Array, Floats, Integers, Layers

OUTSIDE = -1  # label number of an example out of scope
PENALTY = 0.15  # of ridge regression
INNER_KEPT = 64  # directions of the inner layers; with all of them the likeness is no better
BLOCK = 1000  # rows of the table of likeness that are made at once


@dataclass(frozen=True)
class Lines:
    """Encoded examples."""

    texts: tuple[str, ...]
    layers: Layers
    labels: Integers  # `OUTSIDE` for those out of scope

    def __getitem__(self, rows: Array) -> Lines:
        return Lines(tuple(self.texts[i] for i in rows), self.layers[rows], self.labels[rows])

    def __add__(self, other: Lines) -> Lines:
        return Lines(
            self.texts + other.texts,
            self.layers + other.layers,
            np.concatenate([self.labels, other.labels]),
        )


def fit(lines: Lines, count: int) -> Regression:
    """Fit the regression.

    Args:
        lines: examples of the labels 0 to `count` - 1, at least one of each, and any number out of scope.
        count: how many labels there are.
    """
    from scipy.linalg import cho_factor, cho_solve

    places = np.where(lines.labels == OUTSIDE, count, lines.labels)
    order = np.argsort(places, kind="stable")
    lines = lines[order]
    ngrams = Ngrams.of(lines.texts)
    table = ngram_table(ngrams, lines.texts)
    inner = inner_view(lines.layers.inner)
    alike = likeness_table(lines.layers.sentence, inner.known, table)
    alike[np.diag_indices(len(alike))] += PENALTY
    # The transposed view lets LAPACK work in place: the table of 15,000 examples takes a gigabyte.
    factor = cho_factor(alike.T, lower=True, overwrite_a=True, check_finite=False)
    shares = cho_solve(factor, targets_of(lines.labels, count), check_finite=False)
    shares = np.ascontiguousarray(shares, dtype=np.float32)
    starts = np.searchsorted(places[order], np.arange(count + 1))
    ngram_weights = np.asarray(table.T @ shares, dtype=np.float32) * (NGRAM_WEIGHT / 2)
    return Regression(ngrams, inner, lines.layers.sentence, starts, shares, ngram_weights)


def targets_of(labels: Integers, count: int) -> Floats:
    """Return what each label's value ought to be: 1 at its own examples, 0 elsewhere, less its share of them all."""
    targets = np.zeros((len(labels), count), dtype=np.float32)
    inside = np.flatnonzero(labels != OUTSIDE)
    targets[inside, labels[inside]] = 1.0
    targets -= targets.mean(axis=0)
    return targets


def inner_view(inner: Floats) -> InnerView:
    """Find the directions in which the examples' inner layers differ most (principal components)."""
    centre = inner.mean(axis=0)
    rows = inner - centre
    _, directions = np.linalg.eigh((rows.T @ rows).astype(np.float64))
    view = InnerView(centre, np.ascontiguousarray(directions[:, ::-1][:, :INNER_KEPT], dtype=np.float32), rows)
    return replace(view, known=view.look(inner))


def likeness_table(vectors: Floats, inner: Floats, table: Any) -> Floats:
    """Return the likeness of all examples to one another, shape (examples, examples)."""
    count = len(vectors)
    alike = np.empty((count, count), dtype=np.float32)
    columns = table.T.tocsr()
    for start in range(0, count, BLOCK):
        rows = slice(start, start + BLOCK)
        alike[rows] = likeness(vectors[rows] @ vectors.T, inner[rows] @ inner.T)
        alike[rows] += (NGRAM_WEIGHT / 2) * (table[rows] @ columns).toarray()
    return alike


def ngram_table(ngrams: Ngrams, texts: Sequence[str]) -> Any:
    """Return the texts' n-gram rows as a sparse table, shape (texts, n-grams)."""
    from scipy.sparse import csr_matrix

    rows = [ngrams.row(text) for text in texts]
    ends = np.cumsum([0, *(len(row.columns) for row in rows)])
    columns = np.concatenate([row.columns for row in rows])
    weights = np.concatenate([row.weights for row in rows])
    return csr_matrix((weights, columns, ends), shape=(len(rows), len(ngrams.columns)))
