"""What earlier turns taught: which article was chosen or turned down, and which answers did not help."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.suggestions import NEXT_FROM, Suggestion, SuggestionSet
from actions.told import Events

KEPT = 10  # of each kind, the newest
SAME_QUESTION = 1 / 3  # of the shorter question's telling words, how many the other one shares
STEM = 5  # letters by which two words count as the same
# fmt: off
_COMMON = frozenset((
    "about", "after", "also", "been", "does", "from", "have", "into", "just", "like", "long", "much", "need", "that",
    "them", "then", "there", "this", "want", "what", "when", "where", "which", "will", "with", "would", "your",
))
# fmt: on


def key_of(suggestion: Suggestion) -> str:
    """Return what an answer is known by, however often it is found anew."""
    return f"{suggestion.article_id}:{zlib.crc32(suggestion.answer.encode())}"


def chosen_before(tracker: Tracker, pair: Sequence[Suggestion]) -> Suggestion | None:
    """Return the one of two close articles that the customer chose earlier in this conversation, or None."""
    chosen = tracker.get_slot("chosen_articles") or []
    known = [one for one in pair if one.article_id in chosen]
    return known[0] if len(known) == 1 else None


def declined_before(tracker: Tracker, pair: Sequence[Suggestion]) -> bool:
    """Say whether the customer has turned down this very pair."""
    declined = tracker.get_slot("declined_articles") or []
    return all(one.article_id in declined for one in pair)


def first_fresh(tracker: Tracker, found: SuggestionSet) -> Suggestion | None:
    """Return the best suggestion whose answer has not failed this customer; None when only unlikely ones are left."""
    words = words_of(str(tracker.latest_message.get("text") or ""))
    rejected = tracker.get_slot("rejected_answers") or []
    failed = {one["answer"] for one in rejected if is_same_question(one["words"], words)}
    for place, one in enumerate(found.suggestions):
        if key_of(one) not in failed and (place == 0 or one.confidence >= NEXT_FROM):
            return one
    return None


def reject(tracker: Tracker, suggestions: Iterable[Suggestion]) -> Events:
    """Return the events that remember answers as no help to the question that was asked."""
    words = tracker.get_slot("asked_words") or []
    fresh = [{"answer": key_of(one), "words": words} for one in suggestions]
    return [SlotSet("rejected_answers", [*(tracker.get_slot("rejected_answers") or []), *fresh][-KEPT:])]


def words_of(text: str) -> list[str]:
    """Return what a question is about: the beginnings of its longer words."""
    words = (word[:STEM] for word in re.findall(r"[a-z]{4,}", text.lower()) if word not in _COMMON)
    return sorted(set(words))


def is_same_question(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether two questions seem to be about the same thing; one without telling words is about what was said."""
    if not one or not other:
        return True
    return len(set(one) & set(other)) / min(len(one), len(other)) >= SAME_QUESTION


def remember(tracker: Tracker, slot: str, values: Iterable[str]) -> Events:
    """Return the events that add to what is remembered."""
    kept = [value for value in dict.fromkeys([*(tracker.get_slot(slot) or []), *values]) if value]
    return [SlotSet(slot, kept[-KEPT:])]
