"""Kernel ridge regression over the known examples, as plain arrays: what a message is like decides what it asks for.

A message's likeness to an example is `exp(2 * SHARPNESS * (cosine - 1))` of their sentence vectors plus
`NGRAM_WEIGHT / 2` of their shared n-grams. Each label's target is 1 at its own examples and 0 at all others, at
out-of-scope examples too. The fit is in closed form (Saunders et al. 1998, "Ridge Regression Learning Algorithm in
Dual Variables"). The n-gram part is linear, so its weights are multiplied out and serving it is a table look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.ngrams import Ngrams
from bot.intents.vectors import Floats, Integers, shortened

SHARPNESS = 1.5
NGRAM_WEIGHT = 0.15
SCALE = 10.0  # of the regression's values, which lie about [0, 1], so that their exponentials rank labels sensibly


def likeness(cosines: Floats) -> Floats:
    """Return how alike sentence vectors are, in (0, 1]."""
    alike: Floats = np.exp(np.float32(2 * SHARPNESS) * (cosines - 1))
    return alike


@dataclass(frozen=True)
class Regression:
    """The fitted regression, with the examples it looks at."""

    ngrams: Ngrams
    known: Floats  # shape (examples, dim): those of each label in turn, then those out of scope
    starts: Integers  # shape (labels + 1,): each label's first row of `known`, then the first row out of scope
    shares: Floats  # shape (examples, labels): how much each example speaks for each label
    ngram_weights: Floats  # shape (n-grams, labels)

    def cosines(self, vectors: Floats) -> Floats:
        """Return the cosine of each vector to each known example, shape (n, examples)."""
        close: Floats = vectors @ self.known.T
        return close

    def logits(self, texts: Sequence[str], cosines: Floats) -> Floats:
        """Return each label's unnormalised log-chance, shape (n, labels); `cosines` as returned above."""
        total = likeness(cosines) @ self.shares
        for i, text in enumerate(texts):
            row = self.ngrams.row(shortened(text))
            if len(row.columns):
                total[i] += row.weights @ self.ngram_weights[row.columns]
        result: Floats = (total * np.float32(SCALE)).astype(np.float32)
        return result
