"""The sentences of a passage that answer, word for word."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kb_index.asked_for import answered_by, is_of_kind
from kb_index.evidence import Query, shares
from kb_index.index import KINDS, Index
from kb_index.lexical import terms
from kb_index.passages import words_in

Strengths = npt.NDArray[np.float64]
Span = tuple[int, int]  # places of the first and the last unit shown, within the spoken units of a passage
HEADING = KINDS.index("heading")
WHOLE = tuple(KINDS.index(kind) for kind in ("item", "row", "code"))

# A sentence that only sends the reader elsewhere: "See a refund that has not arrived.", "Learn more."
_ASIDE = r"^\W*(?:\d+\W+)?(?:please\s+|also\s+)*"
POINTER = re.compile(
    rf"{_ASIDE}(?:see(?! that\b)|learn|find out|keep reading|refer to)\b"
    rf"|{_ASIDE}(?:visit|read|click|go to|look at)\b.*\b(?:page|pages|site|website|section|article|guide|more|www)\b"
    rf"|{_ASIDE}(?:for )?more (?:about|on|(?:\w+ )?(?:information|details|help))\b"
    r"|\b(?:learn|find out|read) more\W*$|^\W*(?:more|details) (?:is|are|stands?) (?:in|on|at)\b",
    re.IGNORECASE,
)
POINTER_WORDS = 14  # a longer sentence says something besides
SAYS_SOMETHING = 6  # new words from which a sentence is taken to answer rather than to repeat the question


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """How a stretch is chosen: weights beside the last turn's own cosine, and what length costs.

    Chosen on the shop's development questions; docs/answers.md has what each figure does there and on doc2dial.
    """

    conversation: float = 0.2
    last_words: float = 0.3
    heading: float = 0.4  # the cosine of the heading that a sentence stands under
    news: float = 0.1  # words that the question does not have: what only repeats the question is no answer
    kind: float = 0.2  # a time where the question asks how long, a price where it asks how much
    spread: float = 0.3  # strengths this far below the best count 1/e of it
    usual_words: float = 15.0  # of an answer; the greater, the longer the stretches chosen
    words: int = 50  # of sentences
    list_words: int = 80  # steps and tables up to this stay whole


def answer_of(index: Index, query: Query, passage: int, rule: AnswerRule) -> str:
    """Return the part of a passage that answers: one stretch of it, never a heading or a pointer alone.

    Steps and tables that hold the best sentence come whole, with the sentence that introduces them.
    """
    units = spoken_units(index, passage)
    shown = Shown(index, units, tuple(words_in(index.unit_text(int(unit))) for unit in units))
    strengths = unit_strengths(index, query, units, rule)
    best = int(strengths.argmax())
    if index.units[units[best], 3] in WHOLE:
        first, last = whole_list(shown, best, rule)
    else:
        first, last = likeliest_span(shown, strengths, rule)
        last = with_its_list(shown, (first, last), rule)
    article, start = index.units[units[first], :2].tolist()
    return index.text_of(article, start, int(index.units[units[last], 2]))


@dataclass(frozen=True, slots=True)
class Shown:
    """The units of a passage that may be shown, with their lengths."""

    index: Index
    units: npt.NDArray[np.int64]  # rows of `Index.units`, ascending
    sizes: tuple[int, ...]  # in words

    def text(self, place: int) -> str:
        """Return one unit's text."""
        return self.index.unit_text(int(self.units[place]))

    def adjoin(self, place: int, near: int) -> bool:
        """Say whether the unit at `place` exists and stands right beside the one at `near`, no heading between."""
        return 0 <= place < len(self.units) and abs(int(self.units[place]) - int(self.units[near])) == 1

    def is_of_list(self, place: int) -> bool:
        """Say whether a unit is an item, a row or code."""
        return bool(self.index.units[self.units[place], 3] in WHOLE)

    def words(self, first: int, last: int) -> int:
        """Count the words of a stretch."""
        return sum(self.sizes[first : last + 1])


def spoken_units(index: Index, passage: int) -> npt.NDArray[np.int64]:
    """Return a passage's units that may answer: no headings and no pointers, as long as there is anything else."""
    first, last = index.passages[passage, 1:3].tolist()
    units = np.arange(first, last + 1)
    spoken = units[index.units[units, 3] != HEADING]
    telling = np.array([unit for unit in spoken if not is_pointer(index.unit_text(int(unit)))], dtype=units.dtype)
    return next(kept for kept in (telling, spoken, units) if len(kept))


def is_pointer(text: str) -> bool:
    """Say whether a sentence merely sends the reader to another place."""
    return words_in(text) <= POINTER_WORDS and bool(POINTER.search(text))


def unit_strengths(index: Index, query: Query, units: npt.NDArray[np.int64], rule: AnswerRule) -> Strengths:
    """Say how well each unit answers; comparable within one passage only."""
    last, whole = query.vectors @ index.unit_vectors[units].T
    words = index.unit_words.scores(query.words[0])[units].astype(np.float64)
    asked = set(query.words[0])
    texts = [index.unit_text(int(unit)) for unit in units]
    news = [len(set(terms(text)) - asked) for text in texts]
    wanted = answered_by(query.asked.question)
    strengths: Strengths = (
        last
        + rule.conversation * whole
        + rule.last_words * shares(words)
        + rule.heading * heading_cosines(index, query, units)
        + rule.news * np.minimum(news, SAYS_SOMETHING) / SAYS_SOMETHING
        + rule.kind * np.array([is_of_kind(text, wanted) for text in texts])
    )
    return strengths


def heading_cosines(index: Index, query: Query, units: npt.NDArray[np.int64]) -> Strengths:
    """Return the last turn's cosine to the heading right above each unit; 0 for a unit without one."""
    cosines = np.zeros(len(units))
    for place, unit in enumerate(units):
        article, section = index.units[unit, 0], index.units[unit, 5]
        above = int(unit)
        while above >= 0 and index.units[above, 0] == article and index.units[above, 5] == section:
            if index.units[above, 3] == HEADING:
                cosines[place] = float(index.unit_vectors[above] @ query.vectors[0])
                break
            above -= 1
    return cosines


def likeliest_span(shown: Shown, strengths: Strengths, rule: AnswerRule) -> Span:
    """Return the stretch with the greatest expected word F1.

    A unit is taken to belong to the answer with a chance that falls exponentially with its distance from the best
    one. The expected F1 of a stretch is twice the words expected right, divided by its words and the usual number of
    an answer's (van Rijsbergen's F, with expectations for counts).
    """
    chances = np.exp((strengths - strengths.max()) / rule.spread)
    spans = {(first, last) for first in range(len(strengths)) for last in stretches(shown, first, rule.words)}

    def expected(span: Span) -> float:
        right = sum(chances[place] * shown.sizes[place] for place in range(span[0], span[1] + 1))
        return float(right) / (shown.words(*span) + rule.usual_words)

    return max(sorted(spans), key=expected)


def stretches(shown: Shown, first: int, most_words: int) -> list[int]:
    """Return where a stretch of sentences from `first` may end: unbroken, within `most_words` unless it is but one."""
    if shown.is_of_list(first):
        return []
    last = first
    while shown.adjoin(last + 1, last) and not shown.is_of_list(last + 1):
        if shown.words(first, last + 1) > most_words:
            break
        last += 1
    return list(range(first, last + 1))


def whole_list(shown: Shown, best: int, rule: AnswerRule) -> Span:
    """Return the list or table around a unit with its introduction, or what of it has room, the unit in it."""
    block = shown.index.units[shown.units[best], 4]
    first = last = best
    for step in (-1, 1):
        place = best + step
        while shown.adjoin(place, place - step) and shown.index.units[shown.units[place], 4] == block:
            if shown.words(min(first, place), max(last, place)) > rule.list_words:
                break
            first, last = min(first, place), max(last, place)
            place += step
    introduces = shown.adjoin(first - 1, first) and shown.text(first - 1).endswith(":")
    if introduces and shown.words(first - 1, last) <= rule.list_words + 20:
        first -= 1
    return first, last


def with_its_list(shown: Shown, span: Span, rule: AnswerRule) -> int:
    """Return the new end of a span whose last sentence introduces a list or a table: the end of what fits of it."""
    first, last = span
    if not shown.text(last).endswith(":"):
        return last
    while shown.adjoin(last + 1, last) and shown.is_of_list(last + 1):
        if shown.words(first, last + 1) > rule.list_words + 20:
            break
        last += 1
    return last


def nearest_sentence(index: Index, query: Query, passage: int) -> str:
    """Return the passage's unit nearest to the last turn: the plain rival that `answer_of` is measured against."""
    first, last = index.passages[passage, 1:3].tolist()
    units = np.arange(first, last + 1)
    spoken = units[index.units[units, 3] != HEADING]
    units = spoken if len(spoken) else units
    cosines = index.unit_vectors[units] @ query.vectors[0]
    return index.unit_text(int(units[int(cosines.argmax())]))
