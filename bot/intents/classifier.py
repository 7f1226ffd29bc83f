"""The trained classifier: a sentence becomes a label with a calibrated confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.confidence import Scorer, signals
from bot.intents.reading import Reader
from bot.intents.regression import Regression
from bot.intents.vectors import Floats, Layers, SentenceEncoder, encode_all

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
    """The regression over all examples, how it reads a message, and how sure it may be."""

    labels: tuple[str, ...]
    encoder_version: str
    reader: Reader
    regression: Regression
    scope: Scorer  # chance of being in scope
    right: Scorer  # chance of the label being right, given that it is in scope

    def predict_vector(self, text: str, vector: Floats) -> Prediction:
        """Classify a text that `reader` has read.

        Args:
            text: what the reader returned.
            vector: of this very text, shape (dim,).
        """
        layers = Layers.of(vector[None], self.regression.known.shape[1])
        cosines = self.regression.cosines(layers)
        odds = self.regression.logits([text], layers, cosines)
        columns = signals(odds, cosines, self.regression.starts)
        in_scope = float(self.scope.chance(columns)[0])
        confidence = in_scope * float(self.right.chance(columns)[0])
        ranking = self._ranked(odds[0], confidence, in_scope)
        return Prediction(ranking[0][0], confidence, in_scope, ranking)

    def _ranked(self, logits: Floats, confidence: float, in_scope: float) -> tuple[tuple[str, float], ...]:
        """List the likeliest labels: the first with the confidence, the others share what it leaves, as logits do."""
        chances = np.exp(logits - logits.max())
        chances /= chances.sum()
        first, *others = np.argsort(-chances, kind="stable")[:RANKED]
        left = (1 - confidence) * in_scope / (max(0.0, 1.0 - float(chances[first])) or 1.0)
        shared = [(self.labels[i], min(left * float(chances[i]), confidence)) for i in others]
        return ((self.labels[first], confidence), *shared)

    def predict(self, texts: Sequence[str], encoder: SentenceEncoder) -> list[Prediction]:
        """Classify texts, in order.

        Raises:
            ValueError: `encoder` is not the one it was trained with.
        """
        if encoder.encoder_version != self.encoder_version:
            raise ValueError(f"encoder {encoder.encoder_version!r}, trained with {self.encoder_version!r}")
        read = [self.reader.read(text) for text in texts]
        vectors = encode_all(encoder, read)
        return [self.predict_vector(text, vector) for text, vector in zip(read, vectors, strict=True)]
