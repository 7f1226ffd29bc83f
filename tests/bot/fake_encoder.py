"""An encoder a reader can work out by hand: one axis for each known word, so a sentence is the mix of its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from bot.intents.vectors import Floats


class WordEncoder:
    """Unit vectors over a fixed list of words; a text without any of them lies on an axis of its own."""

    def __init__(self, words: str, version: str = "words-1") -> None:
        self._axes = {word: axis for axis, word in enumerate(dict.fromkeys(words.split()))}
        self.encoder_version = version
        self.dim = self.sentence_dim = len(self._axes) + 1

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode texts."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                if word in self._axes:
                    vectors[row, self._axes[word]] += 1
            if not vectors[row].any():
                vectors[row, -1] = 1
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
