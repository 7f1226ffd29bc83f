"""Reading a typed answer to the clarifying question: "the second one", or words of one title."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

MOST_WORDS = 6  # a longer message is a question of its own
_ORDINALS = (
    re.compile(r"(?:the )?(?:first|1st|former|top|upper)(?: one| option| page| article)?|(?:number )?(?:1|one)"),
    re.compile(
        r"(?:the )?(?:second|2nd|latter|bottom|lower|last)(?: one| option| page| article)?|(?:number )?(?:2|two)"
    ),
)
# fmt: off
_COMMON = frozenset((
    "a", "about", "an", "and", "for", "i", "in", "is", "it", "its", "my", "of", "on", "one", "or", "please", "that",
    "the", "this", "to", "you", "your",
))
# fmt: on


def chosen(text: str, offered: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the id of the article that a typed message picks from those offered, or None when it picks none.

    Args:
        text: what the customer wrote.
        offered: {article_id, title} of each button, in order.
    """
    words = re.findall(r"[a-z0-9']+", text.lower())
    if not offered or not 0 < len(words) <= MOST_WORDS:
        return None
    said = " ".join(words)
    for place, ordinal in enumerate(_ORDINALS[: len(offered)]):
        if ordinal.fullmatch(said):
            return str(offered[place]["article_id"])
    telling = set(words) - _COMMON
    fitting = [one for one in offered if telling and telling <= set(re.findall(r"[a-z0-9']+", one["title"].lower()))]
    return str(fitting[0]["article_id"]) if len(fitting) == 1 else None
