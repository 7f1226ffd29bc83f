"""The two plain ways, on the texts that every rival gets: BM25, and the nearest vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.quality.rivals import DEPTH, Find, Rows
from kb_index.encoder import Encoder
from kb_index.lexical import Lexical, weights_of

Scored = Callable[[str], Any]  # question -> one score per text


def bm25(texts: Rows) -> Find:
    """Return BM25 over the texts, with English stems."""
    index = Lexical.over([text["text"] for text in texts])
    return _best(lambda question: index.scores(weights_of([(question, 1.0)])))


def dense(texts: Rows, encoder: Encoder) -> Find:
    """Return the search for the nearest vectors."""
    vectors = encoder.encode([text["text"] for text in texts])
    return _best(lambda question: vectors @ encoder.encode([question])[0])


def _best(scored: Scored) -> Find:
    def find(question: str) -> list[tuple[int, float]]:
        scores = scored(question)
        order: Sequence[int] = np.argsort(-scores, kind="stable")[:DEPTH].tolist()
        return [(row, float(scores[row])) for row in order]

    return find
