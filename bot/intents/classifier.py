"""The trained classifier: a sentence becomes a label with a calibrated confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.confidence import Neighbours, Scorer, signals
from bot.intents.ngrams import Ngrams
from bot.intents.vectors import Floats, SentenceEncoder, encode_all, shortened

RANKED = 10  # labels listed for one sentence


@dataclass(frozen=True)
class Prediction:
    """What a sentence most likely asks for."""

    label: str
    confidence: float  # calibrated chance that `label` is right, in [0, 1]; a sentence out of scope has no right label
    in_scope: float  # calibrated chance that any of the labels is right, in [0, 1]
    ranking: tuple[tuple[str, float], ...]  # labels with their chances, likeliest first; at most `RANKED`


@dataclass(frozen=True)
class Classifier:
    """Multinomial logistic regression over the sentence vector and the n-grams, as plain arrays."""

    labels: tuple[str, ...]
    encoder_version: str
    ngrams: Ngrams
    vector_weights: Floats  # shape (dim, labels)
    ngram_weights: Floats  # shape (n-grams, labels)
    bias: Floats  # shape (labels,)
    neighbours: Neighbours
    scope: Scorer  # chance of being in scope
    right: Scorer  # chance of the label being right, given that it is in scope

    def logits(self, text: str, vector: Floats) -> Floats:
        """Return each label's unnormalised log-chance, shape (labels,)."""
        row = self.ngrams.row(shortened(text))
        total: Floats = vector @ self.vector_weights + self.bias
        if len(row.columns):
            total = total + row.weights @ self.ngram_weights[row.columns]
        return total

    def predict_vector(self, text: str, vector: Floats) -> Prediction:
        """Classify a text whose sentence vector is known; shape (dim,), unit length."""
        logits = self.logits(text, vector)
        columns = signals(logits[None], vector[None], self.neighbours)
        in_scope = float(self.scope.chance(columns)[0])
        confidence = in_scope * float(self.right.chance(columns)[0])
        chances = np.exp(logits - logits.max())
        chances /= chances.sum()
        best = np.argsort(-chances, kind="stable")[:RANKED]
        rest = max(0.0, 1.0 - float(chances[best[0]])) or 1.0
        # The first carries the calibrated confidence; the others share what it leaves, as the regression splits it.
        ranking = [(self.labels[i], (1 - confidence) * in_scope * float(chances[i]) / rest) for i in best[1:]]
        first = self.labels[best[0]]
        capped = [(label, min(chance, confidence)) for label, chance in ranking]
        return Prediction(first, confidence, in_scope, ((first, confidence), *capped))

    def predict(self, texts: Sequence[str], encoder: SentenceEncoder) -> list[Prediction]:
        """Classify texts, in order.

        Raises:
            ValueError: `encoder` is not the one it was trained with.
        """
        if encoder.encoder_version != self.encoder_version:
            raise ValueError(f"encoder {encoder.encoder_version!r}, trained with {self.encoder_version!r}")
        vectors = encode_all(encoder, texts)
        return [self.predict_vector(text, vector) for text, vector in zip(texts, vectors, strict=True)]
