"""A form that is patient once: the second message without the detail asked for ends it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.told import Events, intent_of, is_question

MOST_MISSES = 2


class PatientForm(FormValidationAction, ABC):  # type: ignore[misc]
    """Checks the details of a form.

    A question instead of a detail is answered first, and the form comes back once. Whoever gives no detail a second
    time wants something else: the form ends, and its last action says so. Asking anew for what the form is there for
    brings no detail either; nothing is read from it, and no rule leads on from it, so it is counted here.
    """

    opened_by: str  # the intent whose outcome the form is

    @abstractmethod
    def name(self) -> str:
        """Return the action's name in the domain, `validate_` and the form's."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Check what the message brought."""
        events: Events = await super().run(dispatcher, tracker, domain)
        wanted = tracker.get_slot("requested_slot")
        details = [event for event in events if event["event"] == "slot" and event["name"] != "requested_slot"]
        # While this form takes over from another one, the detail that was asked for last is still the other's.
        is_ours = wanted in domain["forms"][self.form_name()]["required_slots"]
        if not details and is_ours and intent_of(tracker) == self.opened_by:
            details = [SlotSet(wanted, None)]
            events += details
        if not details or wanted is None:
            return events
        if len(details) > 1 or details[0]["value"] is not None:
            return [*events, SlotSet("form_misses", None)]
        misses = int(tracker.get_slot("form_misses") or 0) + 1
        if misses >= MOST_MISSES:
            dispatcher.messages.clear()
            return [*events, SlotSet("form_misses", None), SlotSet("requested_slot", None), ActiveLoop(None)]
        events.append(SlotSet("form_misses", misses))
        if is_question(tracker):
            events.append(ActionExecutionRejected(self.form_name()))
        return events
