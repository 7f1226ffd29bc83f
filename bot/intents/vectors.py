"""What the understanding parts ask of an encoder, and how many texts are encoded at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

LONGEST_TEXT = 2000  # characters; a longer text costs seconds to encode and says no more about its intent
INNER_READ = 2  # inner layers that are looked at, the last ones before the sentence vector
CHUNK = 128  # texts one thread encodes before it takes the next ones


class SentenceEncoder(Protocol):
    """Turns texts into unit vectors; `bot.layered.LayeredEncoder` is the one that serves."""

    encoder_version: str
    dim: int
    sentence_dim: int  # the first so many columns hold what the text is about, the others how it is said

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return float32 vectors of unit length, shape (len(texts), dim), in order."""
        ...


@dataclass(frozen=True)
class Layers:
    """Texts as the encoder sees them, one row for each."""

    sentence: Floats  # shape (n, sentence_dim), unit length: what a text is about
    inner: Floats  # shape (n, inner width), of any length: the layers before; width 0 where the encoder puts out none

    @classmethod
    def of(cls, vectors: Floats, sentence_dim: int) -> Layers:
        """Take vectors of an encoder apart; shape (n, dim)."""
        return cls(sentence_part(vectors, sentence_dim), vectors[:, sentence_dim : sentence_dim * (1 + INNER_READ)])

    def __getitem__(self, rows: Array | slice) -> Layers:
        return Layers(self.sentence[rows], self.inner[rows])

    def __add__(self, other: Layers) -> Layers:
        return Layers(
            np.concatenate([self.sentence, other.sentence]),
            np.concatenate([self.inner, other.inner]),
        )


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
