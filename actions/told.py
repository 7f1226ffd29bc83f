"""What the customer has told the bot before this message."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker

Events = list[dict[str, Any]]

SHORTEST_QUESTION = 3  # words; "12" and "my house" are details, "do you deliver" is a question


def told_before(tracker: Tracker, slot: str) -> Any:
    """Return the slot's value before the latest message, or None."""
    value = None
    for event in tracker.events[: _place_of_latest_message(tracker)]:
        if event.get("event") == "slot" and event.get("name") == slot:
            value = event.get("value")
    return value


def is_changed(tracker: Tracker, slot: str, value: Any) -> bool:
    """Return whether the customer had given another value before: a correction, which deserves a word."""
    before = told_before(tracker, slot)
    return before is not None and before != value


def is_question(tracker: Tracker) -> bool:
    """Return whether the latest message asks something, rather than being a detail that was misread as a question."""
    words = str(tracker.latest_message.get("text") or "").split()
    return intent_of(tracker) == "ask" and len(words) >= SHORTEST_QUESTION


def intent_of(tracker: Tracker) -> str | None:
    """Return the latest message's intent, as the bot decided on it."""
    name = (tracker.latest_message.get("intent") or {}).get("name")
    return str(name) if name else None


def _place_of_latest_message(tracker: Tracker) -> int:
    places = [place for place, event in enumerate(tracker.events) if event.get("event") == "user"]
    return places[-1] if places else 0
