"""What earlier turns taught: which article was chosen or turned down, and which answers did not help."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.suggestions import NEXT_FROM, Suggestion, SuggestionSet
from actions.told import Events

KEPT = 10  # of each kind, the newest


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
    rejected = tracker.get_slot("rejected_answers") or []
    for place, one in enumerate(found.suggestions):
        if key_of(one) not in rejected and (place == 0 or one.confidence >= NEXT_FROM):
            return one
    return None


def remember(tracker: Tracker, slot: str, values: Iterable[str]) -> Events:
    """Return the events that add to what is remembered."""
    kept = [value for value in dict.fromkeys([*(tracker.get_slot(slot) or []), *values]) if value]
    return [SlotSet(slot, kept[-KEPT:])]
