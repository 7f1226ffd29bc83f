"""Small things: stopping, beginning afresh, repeating, and when somebody is there."""

# ruff: noqa: ARG002 (rasa_sdk calls these methods by the names of their arguments)
from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.saying import context_of, empty_forms, forget, say
from actions.told import Events

CONTACT_PAGE = "/help/contact-and-opening-hours"


class ActionCancel(Action):  # type: ignore[misc]
    """Stops the form that is open, if one is."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_cancel"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        is_open = bool(tracker.active_loop_name) or bool(tracker.get_slot("open_question"))
        say(dispatcher, "utter_cancelled" if is_open else "utter_nothing_to_cancel")
        return [*forget(), *empty_forms()]


class ActionStartAgain(Action):  # type: ignore[misc]
    """Forgets forms and questions, and begins afresh."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_start_again"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        say(dispatcher, "utter_started_again")
        return [*forget(), *empty_forms()]


class ActionRepeat(Action):  # type: ignore[misc]
    """Says the bot's last words again."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_repeat"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        last = (tracker.latest_message.get("metadata") or {}).get("last_words")
        if last:
            dispatcher.utter_message(text=str(last))
        else:
            say(dispatcher, "utter_nothing_to_repeat")
        return []


class ActionAvailability(Action):  # type: ignore[misc]
    """Says when a person is there, as the API knows it now."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_availability"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        availability = context_of(tracker).get("availability")
        if availability:
            say(dispatcher, "utter_availability", availability=availability)
        else:
            say(dispatcher, "utter_availability_unknown", url=CONTACT_PAGE)
        return []
