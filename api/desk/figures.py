"""Figures in a draft that no rule of the company has: "within 60 days" where the article says 30.

Compared are sentences about the same thing: they share words that say something, and a figure of the same unit. A hint
names the sentence of the article that says otherwise, so that an agent sees at once who is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

UNITS = {
    "day": "days", "week": "weeks", "month": "months", "year": "years", "hour": "hours", "minute": "minutes",
    "%": "%", "percent": "%", "per cent": "%",
}  # fmt: skip
FIGURE = re.compile(
    r"(?P<money>[£€$])\s?(?P<sum>\d[\d,]*(?:\.\d+)?)"
    r"|(?<![\d,])(?P<number>\d[\d,]*(?:\.\d+)?)[\s-]*(?:working |business |calendar )?"
    r"(?:(?P<unit>%|per ?cent|day|week|month|year|hour|minute)(?:(?<=%)|s?\b))",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[^.!?\n]+(?:\.\d+[^.!?\n]*)*[.!?]?")
WORD = re.compile(r"[^\W\d_]{4,}")
SHARED = 2  # words that two sentences about the same thing have in common
SMALL_WORDS = (
    "about after also been before being could does from have here into just more most only over please some than that "
    "their them then there these they this those until very want well were what when where which will with within "
    "would your yours days weeks months years hours minutes working"
)
SMALL = frozenset(SMALL_WORDS.split())
MOST = 2


@dataclass(frozen=True, slots=True)
class Source:
    """A text of the knowledge base that may say otherwise."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A figure of a draft, and the sentence of an article that has another one."""

    quote: str
    title: str
    says: str


def has_figures(draft: str) -> bool:
    """Say whether there is anything to compare in a draft."""
    return FIGURE.search(draft) is not None


def contradicted(draft: str, sources: Sequence[Source]) -> Iterator[Contradiction]:
    """Yield the figures of a draft that articles about the same thing contradict: the first two at most.

    A figure that any of these sentences has is right, whatever others say.
    """
    found = 0
    for sentence in SENTENCE.findall(draft):
        words = _words(sentence)
        for figure in FIGURE.finditer(sentence):
            value = _value(figure)
            against = [
                (source, line)
                for source in sources
                for line in SENTENCE.findall(source.text)
                if len(words & _words(line)) >= SHARED and value[0] in {unit for unit, _ in _values(line)}
            ]
            if not against or any(value in _values(line) for _, line in against):
                continue
            source, line = max(against, key=lambda one: len(words & _words(one[1])))
            yield Contradiction(figure[0].strip(), source.title, " ".join(line.split()))
            found += 1
            if found == MOST:
                return


def _values(sentence: str) -> set[tuple[str, float]]:
    return {_value(figure) for figure in FIGURE.finditer(sentence)}


def _value(figure: re.Match[str]) -> tuple[str, float]:
    """Return unit and number."""
    number = float((figure["sum"] or figure["number"]).replace(",", ""))
    unit = figure["money"] or UNITS[figure["unit"].lower().replace("percent", "per cent")]
    return unit, number


def _words(sentence: str) -> set[str]:
    return {word.lower().rstrip("s") for word in WORD.findall(sentence)} - SMALL
