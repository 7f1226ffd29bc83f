"""The sentences of a passage that answer, word for word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kb_index.index import KINDS, Index
from kb_index.passages import words_in
from kb_index.retrieve import Query, shares

Strengths = npt.NDArray[np.float64]
HEADING = KINDS.index("heading")
WHOLE = tuple(KINDS.index(kind) for kind in ("item", "row", "code"))


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """How much of a passage is shown; chosen by `answer_f1` on doc2dial (docs/retrieval.md)."""

    conversation: float = 0.2  # weights beside the last turn's own cosine
    last_words: float = 0.2
    conversation_words: float = 0.2
    heading: float = 0.4  # the cosine of the heading that a sentence stands under
    enough: float = 0.6  # a neighbour belongs when it has this share of the best sentence's strength
    words: int = 50  # of sentences
    list_words: int = 80  # steps and tables up to this stay whole


def answer_of(index: Index, query: Query, passage: int, rule: AnswerRule) -> str:
    """Return the part of a passage that answers: one stretch of it, never a heading alone.

    Steps and tables that hold the best sentence come whole, with the sentence that introduces them.
    """
    units = spoken_units(index, passage)
    strengths = unit_strengths(index, query, units, rule)
    first = last = int(strengths.argmax())
    if index.units[units[first], 3] in WHOLE:
        first, last = whole_list(index, units, first, rule)
    else:
        first, last = grown(index, units, strengths, first, rule)
        last = with_its_list(index, units, (first, last), rule)
    article, start = index.units[units[first], :2].tolist()
    return index.text_of(article, start, int(index.units[units[last], 2]))


def spoken_units(index: Index, passage: int) -> npt.NDArray[np.int64]:
    """Return a passage's units that are no headings; all of them when there are only headings."""
    first, last = index.passages[passage, 1:3].tolist()
    units = np.arange(first, last + 1)
    spoken = units[index.units[units, 3] != HEADING]
    return spoken if len(spoken) else units


def unit_strengths(index: Index, query: Query, units: npt.NDArray[np.int64], rule: AnswerRule) -> Strengths:
    """Say how well each unit answers; comparable within one passage only."""
    last, whole = query.vectors @ index.unit_vectors[units].astype(np.float32).T
    words = [index.unit_words.scores(part)[units].astype(np.float64) for part in query.words]
    heading = heading_cosines(index, query, units)
    strengths: Strengths = (
        last
        + rule.conversation * whole
        + rule.last_words * shares(words[0])
        + rule.conversation_words * shares(words[1])
        + rule.heading * heading
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
                cosines[place] = float(index.unit_vectors[above].astype(np.float32) @ query.vectors[0])
                break
            above -= 1
    return cosines


def grown(
    index: Index, units: npt.NDArray[np.int64], strengths: Strengths, best: int, rule: AnswerRule
) -> tuple[int, int]:
    """Add neighbours to the best sentence, the stronger first, while they belong and the words last."""
    sizes = [words_in(index.unit_text(int(unit))) for unit in units]
    least = rule.enough * strengths[best]
    first = last = best
    words = sizes[best]
    while True:
        sides = [side for side in (first - 1, last + 1) if joins(units, side, (first, last))]
        fitting = [side for side in sides if strengths[side] > least and words + sizes[side] <= rule.words]
        if not fitting:
            return first, last
        side = max(fitting, key=lambda place: float(strengths[place]))
        words += sizes[side]
        first, last = min(first, side), max(last, side)


def joins(units: npt.NDArray[np.int64], side: int, span: tuple[int, int]) -> bool:
    """Say whether a unit may be shown together with a span beside it: there is one, and no heading lies between."""
    if not 0 <= side < len(units):
        return False
    near = span[0] if side < span[0] else span[1]
    return bool(abs(int(units[side]) - int(units[near])) == 1)


def whole_list(index: Index, units: npt.NDArray[np.int64], best: int, rule: AnswerRule) -> tuple[int, int]:
    """Return the list or table around a unit with its introduction, or what of it has room, the unit in it."""
    block = index.units[units[best], 4]
    first = last = best
    sizes = [words_in(index.unit_text(int(unit))) for unit in units]
    words = sizes[best]
    for side, step in ((best - 1, -1), (best + 1, 1)):
        place = side
        while joins(units, place, (first, last)) and index.units[units[place], 4] == block:
            if words + sizes[place] > rule.list_words:
                break
            words += sizes[place]
            first, last = min(first, place), max(last, place)
            place += step
    introduces = joins(units, first - 1, (first, last)) and index.unit_text(int(units[first - 1])).endswith(":")
    if introduces and words + sizes[first - 1] <= rule.list_words + 20:
        first -= 1
    return first, last


def with_its_list(index: Index, units: npt.NDArray[np.int64], span: tuple[int, int], rule: AnswerRule) -> int:
    """Return the new end of a span whose last sentence introduces a list or a table: the end of what fits of it."""
    last = span[1]
    if not index.unit_text(int(units[last])).endswith(":"):
        return last
    words = sum(words_in(index.unit_text(int(unit))) for unit in units[span[0] : last + 1])
    while joins(units, last + 1, (span[0], last)) and index.units[units[last + 1], 3] in WHOLE:
        words += words_in(index.unit_text(int(units[last + 1])))
        if words > rule.list_words + 20:
            break
        last += 1
    return last


def nearest_sentence(index: Index, query: Query, passage: int) -> str:
    """Return the passage's unit nearest to the last turn: the plain rival that `answer_of` is measured against."""
    units = spoken_units(index, passage)
    cosines = index.unit_vectors[units].astype(np.float32) @ query.vectors[0]
    return index.unit_text(int(units[int(cosines.argmax())]))
