"""What the understanding parts ask of an encoder, and how many texts are encoded at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

LONGEST_TEXT = 2000  # characters; a longer text costs seconds to encode and says no more about its intent
CHUNK = 128  # texts one thread encodes before it takes the next ones


class SentenceEncoder(Protocol):
    """Turns texts into unit vectors; `bot.layered.LayeredEncoder` is the one that serves."""

    encoder_version: str
    dim: int
    sentence_dim: int  # the first so many columns hold what the text is about, the others how it is said

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return float32 vectors of unit length, shape (len(texts), dim), in order."""
        ...


def sentence_part(vectors: Floats, sentence_dim: int) -> Floats:
    """Return of each vector what its text is about, at unit length; shape (..., sentence_dim)."""
    part = vectors[..., :sentence_dim]
    whole: Floats = part / np.maximum(np.linalg.norm(part, axis=-1, keepdims=True), 1e-12)
    return whole


def shortened(text: str) -> str:
    """Return what of a text is read."""
    return text[:LONGEST_TEXT]


def encode_all(encoder: SentenceEncoder, texts: Sequence[str], *, threads: int = 2) -> Floats:
    """Encode many texts on several threads; each text's vector depends on that text alone.

    Returns:
        float32, shape (len(texts), encoder.dim), in order; no texts give shape (0, dim).
    """
    chunks = [[shortened(text) for text in texts[i : i + CHUNK]] for i in range(0, len(texts), CHUNK)]
    if not chunks:
        return np.zeros((0, encoder.dim), dtype=np.float32)
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(encoder.encode, chunks))).astype(np.float32)
