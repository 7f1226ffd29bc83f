"""Sorry is said in fresh words or not at all: an apology heard twice sounds like a machine."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence

from bot.replies import Reply

_SENTENCE = re.compile(r"[^.!?:]*[.!?:]+\s*|[^.!?:]+")
_APOLOGY = re.compile(
    r"\b(?:sorry|apolog\w+|frustrating|cross|annoyed|annoying|angry|patien\w+|let you down|"
    r"should(?:n't| not) have happened|not (?:how it should be|the experience))\b",
    re.IGNORECASE,
)


def key_of(sentence: str, name: str | None = None) -> int:
    """Return a number that stands for a sentence, whatever its punctuation and with or without the customer's name."""
    words = re.findall(r"[a-z0-9']+", sentence.lower())  # "TW-1234567 is late" is not "TW-7654321 is late"
    own = (name or "").lower()
    return zlib.crc32(" ".join(word for word in words if word != own).encode())


def is_apology(sentence: str) -> bool:
    """Say whether a sentence apologises or speaks to a feeling."""
    return bool(_APOLOGY.search(sentence))


def without_repeats(
    replies: Sequence[Reply], said: Iterable[int], name: str | None = None
) -> tuple[list[Reply], list[int]]:
    """Leave out apologies that this conversation has heard, as long as something else remains to be said.

    Args:
        replies: what the bot is about to say; an article's words stay as they are.
        said: the keys of the apologies said before, oldest first.
        name: the customer's name, as replies may hold it.

    Returns:
        What is said, and the keys of all apologies said by then.
    """
    known = list(said)
    kept: list[Reply] = []
    for reply in replies:
        text = reply.text if reply.suggestion_id else _fresh(reply.text, known, name)
        if text:
            kept.append(Reply(text, reply.buttons, reply.suggestion_id))
    return (kept or list(replies)), known


def _fresh(text: str, known: list[int], name: str | None) -> str:
    parts = []
    for sentence in _SENTENCE.findall(text):
        key = key_of(sentence, name)
        if is_apology(sentence):
            if key in known:
                continue
            known.append(key)
        parts.append(sentence)
    return "".join(parts).strip()
