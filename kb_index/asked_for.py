"""What kind of thing a question asks for: "how long" wants a time, "how much" a price, "how many" a number."""

from __future__ import annotations

import re

_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_COUNTS = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|once|twice"
_SPANS = r"(?:working |business )?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)"

# (asked by, answered by): a sentence that holds none of it can hardly be the answer.
KINDS = (
    (
        re.compile(
            r"\bhow (?:long|soon|quick|fast|late)|\bwhen\b|\bhow many (?:days|weeks|hours|months)|"
            r"\bwhat (?:time|day|date)|\blast day|\bdeadline|\bby what",
            re.IGNORECASE,
        ),
        re.compile(
            rf"\d+\s*(?:to \d+ )?{_SPANS}\b|\b(?:{_COUNTS}) {_SPANS}\b|\b\d{{1,2}}[:.]\d\d\b|\b{_DAYS}|"
            rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:{_MONTHS})\b|\b(?:same|next) (?:working )?day|"
            r"\bat once\b|\bimmediately\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(r"\bhow much\b|\bcosts?\b|\bpric|\bcharge|\bfees?\b|\bp&p\b|\bexpensive\b|\bdear", re.IGNORECASE),
        re.compile(r"[£$€]\s?\d|\bfree\b|\d ?%|\bno charge\b|\bfees?\b", re.IGNORECASE),
    ),
    (re.compile(r"\bhow many\b", re.IGNORECASE), re.compile(rf"\d|\b(?:{_COUNTS})\b", re.IGNORECASE)),
)


def answered_by(question: str) -> tuple[re.Pattern[str], ...]:
    """Return what an answer to a question would hold, one pattern for each kind asked for; none where none is."""
    return tuple(holds for asks, holds in KINDS if asks.search(question))


def is_of_kind(text: str, wanted: tuple[re.Pattern[str], ...]) -> bool:
    """Say whether a text holds any of what is wanted."""
    return any(pattern.search(text) for pattern in wanted)
