"""What customers call things that the articles call something else, as the administrator lists it; for ranking only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

TEXTS_KEPT = 1024  # a text is read when it is said, and met again in the history of the next twenty


@dataclass(frozen=True, slots=True, order=True)
class Synonym:
    """One entry of the list."""

    said: str  # what customers say: a word or a few
    means: str  # what the articles call it


class Synonyms:
    """Reads texts with the articles' word behind the customers'. Immutable, safe to share between threads.

    The customers' own word stays: some article may use it too.
    """

    def __init__(self, entries: Iterable[Synonym]) -> None:
        """Take the list; the first entry for what is said counts."""
        self._meanings: dict[str, str] = {}
        for entry in entries:
            self._meanings.setdefault(_plain(entry.said), entry.means)
        longest_first = sorted(self._meanings, key=lambda said: (-len(said), said))
        phrases = "|".join(r"\s+".join(map(re.escape, said.split())) for said in longest_first)
        self._said = re.compile(rf"\b({phrases})(?:e?s)?\b", re.IGNORECASE) if phrases else None
        self._read = lru_cache(maxsize=TEXTS_KEPT)(self._expanded)

    def read(self, text: str) -> str:
        """Return a text in which each word of the list is followed by what it means."""
        return self._read(text) if self._said else text

    def _expanded(self, text: str) -> str:
        assert self._said is not None
        plain = _plain(text)

        def explained(found: re.Match[str]) -> str:
            means = self._meanings[_plain(found[1])]
            return found[0] if _plain(means) in plain else f"{found[0]} {means}"

        return self._said.sub(explained, text)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
