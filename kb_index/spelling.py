"""Misspelt words, read as the word of the knowledge base that was meant; for ranking only, never shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA
from spellchecker import SpellChecker

SHORTEST = 4  # letters of a word that is looked at
TWO_SLIPS_FROM = 6  # letters; a shorter word may differ by one slip only
COMMON = 10_000  # English words that a misspelt one may stand for by one slip, beside those of the knowledge base
CANDIDATES = 12
CACHED = 4096  # words
TEXTS_KEPT = 1024  # a text is corrected when it is said, and met again in the history of the next twenty

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_PLAIN = re.compile(r"[a-z]+")


@lru_cache(maxsize=1)
def english() -> Mapping[str, int]:
    """Return how often each of 160,000 English words occurs in a large collection of texts."""
    counts: Mapping[str, int] = SpellChecker(language="en", distance=1).word_frequency.dictionary
    return counts


def is_name(found: re.Match[str], shouted: bool) -> bool:
    """Say whether a word has a capital that neither a sentence's beginning nor shouting explains."""
    begins = found.start() == 0 or found.string[: found.start()].rstrip()[-1:] in (".", "!", "?", "")
    return not shouted and any(letter.isupper() for letter in (found[0][1:] if begins else found[0]))


@lru_cache(maxsize=1)
def elided() -> frozenset[str]:
    """Return the English words with an apostrophe as people type them: "didnt", "whats"."""
    return frozenset(word.replace("'", "") for word in english() if "'" in word)


@lru_cache(maxsize=1)
def common() -> tuple[str, ...]:
    """Return the commonest English words that are long enough to be looked at, the commonest first."""
    words = sorted(english(), key=lambda word: -english()[word])[:COMMON]
    return tuple(word for word in words if len(word) >= SHORTEST and _PLAIN.fullmatch(word))


class Spelling:
    """Corrects words that are neither English nor in the knowledge base. Immutable, safe to share between threads.

    A slip is a letter too many, too few, another one, or two neighbours exchanged (optimal string alignment; Damerau,
    1964).
    """

    def __init__(self, texts: Iterable[str], *, most: int | None = None) -> None:
        """Learn the words of a knowledge base, or of a company's examples, from its texts.

        Args:
            texts: a word is the likelier meant the more often it is in them.
            most: unknown words in one text; a text with more is in another language, and stays as it is. None: any
                number. Each new one costs about a millisecond.
        """
        self._most = most
        self._own = Counter(word for text in texts for word in _PLAIN.findall(text.lower()) if len(word) >= SHORTEST)
        self._meant = tuple(dict.fromkeys((*self._own, *common())))
        self.word = lru_cache(maxsize=CACHED)(self._word)
        self._text = lru_cache(maxsize=TEXTS_KEPT)(self._corrected)

    def corrected(self, text: str) -> str:
        """Return a text with its misspelt words corrected; all else, names among it, stays as it is."""
        return self._text(text)

    def _corrected(self, text: str) -> str:
        shouted = text.isupper()
        if self._most is not None and len(self._unknown(text, shouted)) > self._most:
            return text
        return _WORD.sub(lambda found: found[0] if is_name(found, shouted) else self.word(found[0]), text)

    def _unknown(self, text: str, shouted: bool) -> set[str]:
        words = {found[0].lower() for found in _WORD.finditer(text) if not is_name(found, shouted)}
        return {word for word in words if self._may_be_misspelt(word)}

    def _word(self, written: str) -> str:
        word = written.lower()
        if not self._may_be_misspelt(word):
            return written
        slips = 1 if len(word) < TWO_SLIPS_FROM else 2
        near = process.extract(word, self._meant, scorer=OSA.distance, score_cutoff=slips, limit=CANDIDATES)
        found = [(self._unlikeliness(word, meant, by), meant) for meant, by, _ in near if by == 1 or meant in self._own]
        return min(found, default=((), written))[1]

    def _may_be_misspelt(self, word: str) -> bool:
        known = word in self._own or word in english() or word in elided()
        return len(word) >= SHORTEST and not known and _PLAIN.fullmatch(word) is not None

    def _unlikeliness(self, word: str, meant: str, slips: float) -> tuple[float, ...]:
        """Order candidates: fewest slips, the knowledge base's own, the same first letter, the commonest."""
        return slips, meant not in self._own, meant[0] != word[0], -self._own[meant], -english().get(meant, 0)
