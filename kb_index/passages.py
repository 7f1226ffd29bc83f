"""Pages become passages: what search finds and a person reads, at most about 118 words each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb_index.pages import Page, Unit

MAX_WORDS = 118  # the interface allows 120
ENOUGH_WORDS = 40  # a passage this long ends before the next heading


@dataclass(frozen=True, slots=True)
class Passage:
    """One contiguous stretch of a page: its units from `first` to `last`, both included."""

    first: int
    last: int
    start: int  # offsets into the page's text
    end: int
    section: int  # of its first unit that is no heading


def words_in(text: str) -> int:
    """Count words as the evaluation does: what white space parts."""
    return len(text.split())


def cut_passages(page: Page, *, max_words: int = MAX_WORDS, enough_words: int = ENOUGH_WORDS) -> list[Passage]:
    """Cut a page into passages, in order, each unit in exactly one.

    A passage never ends with a heading. Steps, lists and tables that fit into `max_words` stay whole, together with the
    sentence that introduces them if it fits too.
    """
    if not page.units:
        return []
    sizes = [words_in(page.text[unit.start : unit.end]) for unit in page.units]
    passages: list[Passage] = []
    first, words = 0, 0
    for start, end in groups(page, sizes, max_words):
        size = sum(sizes[start:end])
        new_section = page.units[start].kind == "heading" and words >= enough_words
        if start > first and (words + size > max_words or new_section):
            passages.append(passage_of(page, first, start - 1))
            first, words = start, 0
        words += size
    passages.append(passage_of(page, first, len(page.units) - 1))
    return passages


def groups(page: Page, sizes: Sequence[int], max_words: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of units (end excluded) that a passage may not part."""
    start = 0
    while start < len(page.units):
        end = start + 1
        while end < len(page.units) and belongs(page, end) and sum(sizes[start : end + 1]) <= max_words:
            end += 1
        whole = whole_block_end(page.units, end - 1)
        if page.units[end - 1].kind in ("item", "row", "code") and whole > end:
            # The list does not fit behind what introduces it; leave the list to the next group if it fits alone.
            begin = block_start(page.units, end - 1)
            if begin > start and sum(sizes[begin:whole]) <= max_words:
                end = begin
        yield start, end
        start = end


def belongs(page: Page, index: int) -> bool:
    """Say whether a unit must stay with the one before it, if there is room."""
    before, unit = page.units[index - 1], page.units[index]
    if before.kind == "heading":
        return True
    if unit.block == before.block:
        return unit.kind != "sentence"
    introduces = before.kind == "sentence" and page.text[before.start : before.end].endswith(":")
    return introduces and unit.kind in ("item", "row", "code")


def block_start(units: Sequence[Unit], index: int) -> int:
    """Return the first unit of the block that a unit is in."""
    while index and units[index - 1].block == units[index].block:
        index -= 1
    return index


def whole_block_end(units: Sequence[Unit], index: int) -> int:
    """Return the end (excluded) of the block that a unit is in."""
    block = units[index].block
    while index < len(units) and units[index].block == block:
        index += 1
    return index


def passage_of(page: Page, first: int, last: int) -> Passage:
    """Make the passage of the units from `first` to `last`."""
    said = next((unit for unit in page.units[first : last + 1] if unit.kind != "heading"), page.units[first])
    return Passage(first, last, page.units[first].start, page.units[last].end, said.section)
