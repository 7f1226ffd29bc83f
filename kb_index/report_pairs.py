"""Articles that say the same twice, or two different things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kb_index.index import Index
from kb_index.lexical import terms

SAME = 0.90  # cosine from which two passages are taken to say the same
SAME_SUBJECT = 0.75  # cosine from which two sentences are taken to be about the same thing
SHARED_WORDS = 0.5  # of the words that are no figures, how many two sentences about one subject have in common
FEWEST_WORDS = 3  # a table row of one word and a price says too little to contradict anything
MOST_UNITS = 20_000  # comparing every sentence with every other takes about 10 s then
MOST_PAIRS = 50
BLOCK = 512

_UNITS = (
    "working days|business days|days?|weeks?|months?|years?|hours?|minutes?|seconds?|per cent|percent|miles|"
    "kg|g|km|cm|mm|m|ml|l|litres?|grams?|points?|items?|"
    "pounds?|euros?|dollars?"
)
_FIGURE = re.compile(rf"([£€$])?\s?(\d+(?:[.,]\d+)*)\s?(%|(?:{_UNITS})\b)?", re.IGNORECASE)
_SAME_UNIT = {"£": "pound", "€": "euro", "$": "dollar", "percent": "%", "per cent": "%", "litre": "l", "gram": "g"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stretches of different articles that an editor should look at."""

    article_ids: tuple[str, str]
    texts: tuple[str, str]
    similarity: float  # cosine
    figures: tuple[str, str] = ("", "")  # what differs, where they contradict each other


def near_duplicates(index: Index) -> list[Pair]:
    """Return pairs of passages of different articles that nearly say the same, the most alike first."""
    rows = np.arange(len(index.passages))
    vectors = index.passage_vectors.stored(rows)
    owners = index.passages[:, 0]
    found = [
        Pair(_ids(index, owners, one, other), (index.passage_text(one), index.passage_text(other)), cosine)
        for one, other, cosine in alike(vectors, owners, SAME)
    ]
    return sorted(found, key=lambda pair: -pair.similarity)[:MOST_PAIRS]


def contradictions(index: Index) -> list[Pair]:
    """Return pairs of sentences of different articles about one subject whose figures differ, the most alike first.

    A sentence without any figure contradicts nothing; figures are compared within one unit (pounds, days, ...).
    """
    rows = [row for row in range(len(index.units)) if figures_of(index.unit_text(row))][:MOST_UNITS]
    owners = index.units[rows, 0]
    vectors = index.unit_vectors[rows]
    found = []
    for one, other, cosine in alike(vectors, owners, SAME_SUBJECT):
        texts = (index.unit_text(rows[one]), index.unit_text(rows[other]))
        differing = difference(*texts)
        if differing:
            found.append(Pair(_ids(index, owners, one, other), texts, cosine, differing))
    return sorted(found, key=lambda pair: -pair.similarity)[:MOST_PAIRS]


def alike(
    vectors: npt.NDArray[np.float32], owners: npt.NDArray[np.int32], least: float
) -> Iterator[tuple[int, int, float]]:
    """Yield pairs of rows of different owners whose cosine is at least `least`, the lower row first."""
    for begin in range(0, len(vectors), BLOCK):
        cosines = vectors[begin : begin + BLOCK] @ vectors.T
        for place, other in np.argwhere(cosines >= least).tolist():
            one = begin + place
            if other > one and owners[one] != owners[other]:
                yield one, other, float(min(cosines[place, other], 1.0))


def figures_of(text: str) -> dict[str, set[float]]:
    """Return the figures in a text by unit: {"day": {30.0}, "pound": {3.95}}; those without a unit are left out."""
    found: dict[str, set[float]] = {}
    for currency, number, unit in _FIGURE.findall(text):
        name = (currency or unit).lower()
        if not name:
            continue
        name = name if name in _SAME_UNIT or len(name) < 3 else name.rstrip("s")
        plain = number.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number) else number
        try:
            found.setdefault(_SAME_UNIT.get(name, name), set()).add(float(plain.replace(",", ".")))
        except ValueError:
            continue  # "1.2.3" is no figure
    return found


def difference(one: str, other: str) -> tuple[str, str] | None:
    """Return the figures in which two sentences about the same thing differ, or None when they do not."""
    words = [{word for word in terms(text) if not any(map(str.isdigit, word))} for text in (one, other)]
    shared = len(words[0] & words[1]) / max(min(map(len, words)), 1)
    if min(map(len, words)) < FEWEST_WORDS or shared < SHARED_WORDS:
        return None
    first, second = figures_of(one), figures_of(other)
    for unit in sorted(first.keys() & second.keys()):
        if not first[unit] & second[unit]:
            return _written(first[unit], unit), _written(second[unit], unit)
    return None


def _written(numbers: set[float], unit: str) -> str:
    return ", ".join(f"{number:g}" for number in sorted(numbers)) + f" {unit}"


def _ids(index: Index, owners: npt.NDArray[np.int32], one: int, other: int) -> tuple[str, str]:
    return index.articles[int(owners[one])].article_id, index.articles[int(owners[other])].article_id
