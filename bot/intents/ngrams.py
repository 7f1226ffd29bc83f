"""Word and character n-grams weighed by TF-IDF, over plain dictionaries and arrays.

Words catch what a sentence vector blurs ("top up" against "top-up fee"); characters survive misspellings.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.vectors import Floats, Integers

WORDS = re.compile(r"\w+")
CHARACTER_LENGTHS = (2, 3, 4)
WORD, CHARACTER = "w", "c"  # first letter of every n-gram: the two kinds are normalised apart


def word_ngrams(words: Sequence[str]) -> Iterator[str]:
    """Yield single words and neighbouring pairs."""
    yield from words
    for first, second in itertools.pairwise(words):
        yield f"{first} {second}"


def character_ngrams(words: Sequence[str]) -> Iterator[str]:
    """Yield the 2 to 4 character pieces of each word, its edges marked by a space."""
    for word in words:
        padded = f" {word} "
        for length in CHARACTER_LENGTHS:
            for start in range(max(1, len(padded) - length + 1)):
                yield padded[start : start + length]


def count_ngrams(text: str) -> Counter[str]:
    """Count a text's n-grams, of both kinds."""
    words = WORDS.findall(text.lower())
    counts = Counter(WORD + ngram for ngram in word_ngrams(words))
    counts.update(CHARACTER + ngram for ngram in character_ngrams(words))
    return counts


@dataclass(frozen=True)
class SparseRow:
    """One text's n-grams: which columns, and how heavy each is."""

    columns: Integers
    weights: Floats


@dataclass(frozen=True)
class Ngrams:
    """The n-grams known from training, with their inverse document frequencies."""

    columns: dict[str, int]
    rarity: Floats  # inverse document frequency by column: ln((1 + texts) / (1 + texts with it)) + 1

    @classmethod
    def of(cls, texts: Sequence[str]) -> Ngrams:
        """Collect the n-grams of training texts; pieces seen only once are left out once there are many texts."""
        frequency: Counter[str] = Counter()
        for text in texts:
            frequency.update(count_ngrams(text).keys())
        many = len(texts) > 1500
        least = {WORD: 2 if many else 1, CHARACTER: 3 if many else 1}
        kept = sorted(ngram for ngram, count in frequency.items() if count >= least[ngram[0]])
        rarity = [math.log((1 + len(texts)) / (1 + frequency[ngram])) + 1 for ngram in kept]
        return cls({ngram: column for column, ngram in enumerate(kept)}, np.array(rarity, dtype=np.float32))

    def row(self, text: str) -> SparseRow:
        """Weigh one text's known n-grams: (1 + ln count) * rarity, each kind brought to unit length."""
        columns: list[int] = []
        weights: list[float] = []
        known = [(ngram, count) for ngram, count in count_ngrams(text).items() if ngram in self.columns]
        for kind in (WORD, CHARACTER):
            ours = [(self.columns[ngram], count) for ngram, count in known if ngram[0] == kind]
            heavy = [(1 + math.log(count)) * float(self.rarity[column]) for column, count in ours]
            length = math.sqrt(sum(weight * weight for weight in heavy)) or 1.0
            columns += [column for column, _ in ours]
            weights += [weight / length for weight in heavy]
        return SparseRow(np.array(columns, dtype=np.int64), np.array(weights, dtype=np.float32))
