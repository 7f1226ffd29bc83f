"""Words: how much a question's words say about each text (BM25; bm25s builds the table, serving only adds it up)."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import Stemmer

from kb_index.arrays import from_bytes, to_bytes

Scores = npt.NDArray[np.float32]

K1 = 1.2
B = 0.75

# fmt: off
STOP_WORDS = frozenset((
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did",
    "do", "does", "for", "from", "get", "had", "has", "have", "he", "her", "hi", "him", "his", "how", "i", "if",
    "in", "into", "is", "it", "its", "just", "like", "me", "my", "no", "not", "of", "oh", "ok", "okay", "on", "one",
    "or", "our", "out", "please", "she", "should", "so", "some", "than", "thank", "thanks", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "to", "too", "up", "us", "was", "we", "well", "were", "what",
    "when", "where", "which", "who", "why", "will", "with", "would", "yes", "you", "your",
))
# fmt: on

_WORD = re.compile(r"([a-z0-9]+)(?:['\u2019][a-z]+)?")
_local = threading.local()


def terms(text: str) -> tuple[str, ...]:
    """Return a text's words in order: lower case, English stems, without the commonest words."""
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:  # a Stemmer may not be shared between threads
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    return tuple(stemmer.stemWords([word for word in _WORD.findall(text.lower()) if word not in STOP_WORDS]))


def pairs(text: str) -> tuple[str, ...]:
    """Return the pairs of neighbours among a text's terms: a phrase, against the same words far apart."""
    return tuple(f"{first} {second}" for first, second in pairwise(terms(text)))


def weights_of(texts: Iterable[tuple[str, float]], *, read: Callable[[str], Sequence[str]] = terms) -> dict[str, float]:
    """Return each term's weight: the sum, over texts, of the text's weight times the term's count in it."""
    weights: dict[str, float] = {}
    for text, weight in texts:
        for term in read(text):
            weights[term] = weights.get(term, 0.0) + weight
    return weights


@dataclass(frozen=True, slots=True)
class Table:
    """Each term's share in each text's score: those of term t are at `ends[t]` to `ends[t + 1]`."""

    values: npt.NDArray[np.float32]
    places: npt.NDArray[np.int32]  # the texts' row numbers
    ends: npt.NDArray[np.int64]


class Lexical:
    """A BM25 index over texts. Immutable, safe to share between threads."""

    def __init__(self, vocabulary: Mapping[str, int], table: Table, size: int) -> None:
        self._vocabulary = vocabulary
        self._table = table
        self.size = size
        self._greatest = np.zeros(len(table.ends), dtype=np.float32)  # of each term, over all texts
        np.maximum.at(self._greatest, np.repeat(np.arange(len(table.ends) - 1), np.diff(table.ends)), table.values)
        # What a rare term says at its best: the 90th percentile over all terms, 0 or more.
        self.rare = float(np.percentile(self._greatest, 90)) if len(table.values) else 1.0

    @classmethod
    def over(cls, texts: Sequence[str], *, read: Callable[[str], Sequence[str]] = terms, b: float = B) -> Lexical:
        """Index texts; their places are their row numbers.

        Args:
            texts: what to index.
            read: `terms`, or `pairs`.
            b: how much a text's length counts, 0 to 1.
        """
        import bm25s

        index = bm25s.BM25(k1=K1, b=b, method="lucene")
        index.index([list(read(text)) or [""] for text in texts], show_progress=False)
        table = Table(index.scores["data"], index.scores["indices"], index.scores["indptr"])
        return cls({str(term): int(number) for term, number in index.vocab_dict.items()}, table, len(texts))

    def to_files(self, prefix: str) -> dict[str, bytes]:
        """Return the index as files' contents by name: JSON and plain arrays."""
        words = json.dumps({"size": self.size, "vocabulary": self._vocabulary})
        arrays = {f"{prefix}_{name}.npy": to_bytes(getattr(self._table, name)) for name in Table.__slots__}
        return {f"{prefix}_words.json": words.encode(), **arrays}

    @classmethod
    def from_files(cls, prefix: str, contents: Mapping[str, bytes]) -> Lexical:
        """Read what `to_files` gave; whoever calls has checked its checksums."""
        words = json.loads(contents[f"{prefix}_words.json"])
        table = Table(*(from_bytes(contents[f"{prefix}_{name}.npy"]) for name in Table.__slots__))
        return cls(words["vocabulary"], table, words["size"])

    def scores(self, weights: Mapping[str, float]) -> Scores:
        """Return the BM25 score of every text, 0 or more, higher says more.

        Args:
            weights: each term's weight in the question, as `weights_of` gives them.
        """
        known = [
            (number, weight) for term, weight in weights.items() if (number := self._vocabulary.get(term)) is not None
        ]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        table = self._table
        stretches = [slice(table.ends[number], table.ends[number + 1]) for number, _ in known]
        places = np.concatenate([table.places[stretch] for stretch in stretches])
        values = np.concatenate(
            [table.values[stretch] * np.float32(weight) for stretch, (_, weight) in zip(stretches, known, strict=True)]
        )
        return np.bincount(places, weights=values, minlength=self.size).astype(np.float32)

    def ceiling(self, weights: Mapping[str, float]) -> float:
        """Return the score of a text that held every term at its best; a term no text holds counts as a rare one."""
        known = ((self._vocabulary.get(term), weight) for term, weight in weights.items())
        return sum(
            weight * (self.rare if number is None else float(self._greatest[number])) for number, weight in known
        )
