"""Noticing that an answer says no, so that the customer also hears how to ask for an exception."""

from __future__ import annotations

import re

_WISH = re.compile(
    r"\b(?:can|could|may|will|would|do|does|am|is|are)\s+(?:i|we|you|it|they|my|our|the|this|that)\b"
    r"|\bi(?:'d| would)? (?:want|need|like)\b"
    r"|\b(?:refund|replace|exchange|cancel|return|accept|make an exception)\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\b(?:cannot|can't|can not|could not|may not|will not|won't|do not|don't|does not|is not|are not|isn't|aren't)\s+"
    r"(?:be\s+)?(?:take|taken|accept\w*|refund\w*|return\w*|exchang\w*|replac\w*|change\w*|cancel\w*|cover\w*|possible|"
    r"offer\w*|deliver\w*|send|sent|extend\w*|allow\w*|available|combine\w*|pay|give|grant\w*|match\w*|"
    r"repair\w*|ship\w*|do)\b"
    r"|\b(?:not (?:possible|offered|allowed|accepted|covered|refundable)|excluded)\b"
    r"|\b(?:no (?:refunds?|returns?|exchanges?))\b",
    re.IGNORECASE,
)


def says_no(question: str, answer: str) -> bool:
    """Say whether a customer asks for something and the answer refuses it.

    Mild on purpose: what follows is only the way to ask for an exception, which does no harm beside a plain answer.
    """
    return bool(_WISH.search(question)) and bool(_REFUSAL.search(answer))
