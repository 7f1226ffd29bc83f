"""What of a message the classifier reads: its words, with slips of the finger put right.

The encoder takes a misspelt word to pieces that mean nothing, so that one slip moves a sentence as far as another
word would.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.intents.vectors import shortened
from kb_index.spelling import Spelling

WORDS = re.compile(r"[^\W\d_]+")
TRUSTED = 2  # examples that a word must be in to be one of the company's own; in one alone it may be a slip
MOST_UNKNOWN = 8  # words; a message with more is in another language


@dataclass(frozen=True)
class Reader:
    """Reads messages with the company's own words in mind. Safe to share between threads."""

    words: Mapping[str, int]  # how many examples hold each of the company's own words

    @classmethod
    def of(cls, texts: Iterable[str], names: Iterable[str]) -> Reader:
        """Learn the company's words from its examples, and from the names of its labels, which nobody mistypes."""
        counts = Counter(word for text in texts for word in set(WORDS.findall(shortened(text).lower())))
        counts.update(word for name in names for word in name.split() * TRUSTED)
        return cls({word: count for word, count in sorted(counts.items()) if count >= TRUSTED})

    def read(self, text: str) -> str:
        """Return a text as it is classified: its beginning, misspelt words corrected."""
        return self._spelling.corrected(shortened(text))

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(Counter(self.words).elements(), most=MOST_UNKNOWN)
