"""Kernel ridge regression over the known examples, as plain arrays: what a message is like decides what it asks for.

A message's likeness to an example is `exp(2 * SHARPNESS * (cosine - 1))` of their sentence vectors, plus
`INNER_WEIGHT` times the like of the encoder's inner layers, plus `NGRAM_WEIGHT / 2` of their shared n-grams. The inner
layers still tell words apart that the last one has brought together. Each label's target is 1 at its own examples and 0
at all others, at out-of-scope examples too. The fit is in closed form (Saunders et al. 1998, "Ridge Regression Learning
Algorithm in Dual Variables"). The n-gram part is linear, so its weights are multiplied out and serving it is a table
look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.ngrams import Ngrams
from bot.intents.vectors import Floats, Integers, Layers, shortened

SHARPNESS, INNER_SHARPNESS = 1.5, 1.0
INNER_WEIGHT = 0.3
NGRAM_WEIGHT = 0.15
SCALE = 10.0  # of the regression's values, which lie about [0, 1], so that their exponentials rank labels sensibly


def likeness(cosines: Floats, inner_cosines: Floats) -> Floats:
    """Return how alike texts are by their vectors, in (0, 1 + INNER_WEIGHT]."""
    alike: Floats = np.exp(np.float32(2 * SHARPNESS) * (cosines - 1))
    alike += np.float32(INNER_WEIGHT) * np.exp(np.float32(2 * INNER_SHARPNESS) * (inner_cosines - 1))
    return alike


@dataclass(frozen=True)
class InnerView:
    """The inner layers, less what all texts share, along the directions in which the examples differ most."""

    centre: Floats  # shape (width,)
    directions: Floats  # shape (width, kept)
    known: Floats  # shape (examples, kept), unit length, in the order of `Regression.known`

    def look(self, inner: Floats) -> Floats:
        """Return inner layers as they are compared; shape (n, width) becomes (n, kept), of unit length."""
        rows = (inner - self.centre) @ self.directions
        unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return unit

    def cosines(self, inner: Floats) -> Floats:
        """Return the cosine of each text's inner layers to each known example's, shape (n, examples)."""
        close: Floats = self.look(inner) @ self.known.T
        return close


@dataclass(frozen=True)
class Regression:
    """The fitted regression, with the examples it looks at."""

    ngrams: Ngrams
    inner: InnerView
    known: Floats  # shape (examples, dim): those of each label in turn, then those out of scope
    starts: Integers  # shape (labels + 1,): each label's first row of `known`, then the first row out of scope
    shares: Floats  # shape (examples, labels): how much each example speaks for each label
    ngram_weights: Floats  # shape (n-grams, labels)

    def cosines(self, layers: Layers) -> Floats:
        """Return the cosine of each sentence vector to each known example's, shape (n, examples)."""
        close: Floats = layers.sentence @ self.known.T
        return close

    def logits(self, texts: Sequence[str], layers: Layers, cosines: Floats) -> Floats:
        """Return each label's unnormalised log-chance, shape (n, labels); `cosines` as returned above."""
        total = likeness(cosines, self.inner.cosines(layers.inner)) @ self.shares
        for i, text in enumerate(texts):
            row = self.ngrams.row(shortened(text))
            if len(row.columns):
                total[i] += row.weights @ self.ngram_weights[row.columns]
        result: Floats = (total * np.float32(SCALE)).astype(np.float32)
        return result
