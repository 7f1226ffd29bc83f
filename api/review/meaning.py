"""Vectors of messages for the review, kept while the process lives: the same texts are looked at again and again."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from api.review.clusters import word_vectors
from kb_index.encoder import Encoder, EncoderUnusable

logger = logging.getLogger(__name__)

MOST_KEPT = 10_000  # vectors; 15 MB
LONGEST = 500  # characters that tell what a message means; the cost grows with the square
AT_ONCE = 32


class Meanings:
    """Encodes messages with the installation's encoder, or by their words where there is none.

    Args:
        encoder_dir: folder of the exported encoder.
    """

    def __init__(self, encoder_dir: Path) -> None:
        self._folder = encoder_dir
        self._encoder: Encoder | None = None
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Return one vector of unit length per text, float32 (n, dim); called from worker threads."""
        encoder = self._loaded()
        if encoder is None:
            return word_vectors(texts)
        short = [text[:LONGEST] for text in texts]
        with self._lock:
            found = {text: self._kept[text] for text in set(short) if text in self._kept}
        missing = [text for text in dict.fromkeys(short) if text not in found]
        for first in range(0, len(missing), AT_ONCE):
            part = missing[first : first + AT_ONCE]
            with self._lock:  # a short question is not kept waiting behind thousands of sentences
                made = dict(zip(part, encoder.encode(part), strict=True))
                self._kept.update(made)
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            found.update(made)
        vectors = [found[text] for text in short]
        return np.array(vectors, dtype=np.float32).reshape(len(vectors), encoder.dim)

    def _loaded(self) -> Encoder | None:
        with self._lock:
            if self._encoder is None:
                try:
                    self._encoder = Encoder.load(self._folder)
                except EncoderUnusable as error:
                    logger.warning("messages are compared by their words: %s", error)
            return self._encoder
