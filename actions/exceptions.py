"""Noticing that an answer says no, so that the customer also hears how to ask for an exception."""

from __future__ import annotations

import re

# A wish for something to be done or allowed; "how long does a refund take" only wants to know.
_WISH = re.compile(
    r"\b(?:can|could|may|might)\s+(?:i|we|you)\b|\b(?:will|would|do)\s+you\b|\bis it (?:possible|ok|okay|allowed)\b|"
    r"\b(?:am|are)\s+(?:i|we)\s+(?:allowed|able|entitled)\b|\bi(?:'d| would)?\s+(?:want|like|need)\b|"
    r"\b(?:refund me|give me|make an exception|money back)\b",
    re.IGNORECASE,
)
_WANTS_TO_KNOW = re.compile(r"^\W*(?:\w+\W+){0,2}?(?:how|when|where|what|which|who|why)\b", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\b(?:cannot|can't|can not|could not|may not|will not|won't|do not|don't|does not|is not|are not|isn't|aren't)\s+"
    r"(?:be\s+)?(?:take|taken|accept\w*|refund\w*|return\w*|exchang\w*|replac\w*|change\w*|cancel\w*|cover\w*|possible|"
    r"offer\w*|deliver\w*|send|sent|extend\w*|allow\w*|available|combine\w*|pay|give|grant\w*|match\w*|"
    r"repair\w*|ship\w*|do)\b"
    r"|\bnot (?:possible|offered|allowed|accepted|covered|refundable)\b|\b(?:is|are) excluded\b",
    re.IGNORECASE,
)


def says_no(question: str, answer: str) -> bool:
    """Say whether a customer asks for something and the answer refuses it.

    Mild on purpose: what follows is only the way to ask for an exception, which does no harm beside a plain answer.
    """
    if _WANTS_TO_KNOW.search(question) or not _WISH.search(question):
        return False
    return bool(_REFUSAL.search(answer))
