"""A conversation's dialogue state as JSON that the API keeps, and the tracker made of it.

Rasa's rules and forms decide by what is true now (slots, active form, this turn's message), so this is all a state
holds: a few hundred bytes however long the conversation is. Every turn starts from such a state, whether it comes from
this process's memory or from the API, so a restart or a change of process changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, DEFAULT_SLOT_NAMES, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

STATE_VERSION = 1


def state_of(tracker: DialogueStateTracker, turn: int) -> dict[str, Any]:
    """Return the state after `turn`: what differs from a conversation's beginning."""
    slots = {
        name: slot.value
        for name, slot in tracker.slots.items()
        if slot.value != slot.initial_value and (name == REQUESTED_SLOT or name not in DEFAULT_SLOT_NAMES)
    }
    return {"version": STATE_VERSION, "turn": turn, "active_loop": tracker.active_loop_name, "slots": slots}


def is_state_after(state: Mapping[str, Any] | None, turn: int) -> bool:
    """Return whether this is a state of this version after `turn`."""
    return bool(state) and state.get("version") == STATE_VERSION and state.get("turn") == turn  # type: ignore[union-attr]


def tracker_from_state(conversation_id: str, state: Mapping[str, Any], domain: Domain) -> DialogueStateTracker:
    """Rebuild a tracker; slots and forms that the domain no longer knows are left out."""
    loop = state.get("active_loop") if state.get("active_loop") in domain.form_names else None
    known = {slot.name for slot in domain.slots}
    slots = {name: value for name, value in (state.get("slots") or {}).items() if name in known}
    if loop is None:
        slots.pop(REQUESTED_SLOT, None)
    events: list[Event] = [SlotSet(name, value) for name, value in slots.items()]
    if loop is not None:
        events.insert(0, ActiveLoop(loop))
    return _begun(conversation_id, events, domain)


def tracker_from_history(
    conversation_id: str, history: Iterable[Mapping[str, Any]], domain: Domain
) -> DialogueStateTracker:
    """Rebuild a tracker from what was said, oldest first, when no usable state is left.

    Slots and an open form are unknown then; the customer is simply asked again.
    """
    events: list[Event] = [ActionExecuted(ACTION_LISTEN_NAME)]
    for row in history:
        text = str(row.get("text") or "")
        if row.get("sender") == "customer":
            events += [UserUttered(text), ActionExecuted(ACTION_LISTEN_NAME)]
        elif row.get("sender") in ("bot", "agent"):
            events.append(BotUttered(text))
    return _begun(conversation_id, events, domain)


def _begun(conversation_id: str, events: list[Event], domain: Domain) -> DialogueStateTracker:
    beginning = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    tracker = DialogueStateTracker(conversation_id, domain.slots)
    for event in [*beginning, *events, ActionExecuted(ACTION_LISTEN_NAME)]:
        tracker.update(event, domain)
    return tracker
