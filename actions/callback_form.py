"""The call-back form: number, time and topic, a summary to confirm, and any of them changed on the way."""

# ruff: noqa: ARG002 (rasa_sdk calls these methods by the names of their arguments)
from __future__ import annotations

import logging
import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.answers import say_form_left
from actions.diary import Callback, DiaryUnavailable, diary
from actions.forms import PatientForm
from actions.saying import empty_forms, say
from actions.told import Events, intent_of, is_changed, is_question, told_before

logger = logging.getLogger(__name__)

FORM = "callback_form"
MOST_CHARACTERS = 200

_PHONE = re.compile(r"\+?\(?\d[\d\s().-]{7,18}\d")
_TIME = re.compile(
    r"\b(morning|noon|lunch|afternoon|evening|today|tomorrow|week|(mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|after|before|at \d|\d{1,2}([.:]\d\d)?\s?(am|pm)|\d{1,2}[.:]\d\d)\b",
    re.IGNORECASE,
)
_NAMED = {
    "callback_phone": re.compile(r"\b(number|phone|telephone|mobile)\b", re.IGNORECASE),
    "callback_time": re.compile(r"\b(time|day|when|date|hour)\b", re.IGNORECASE),
    "callback_topic": re.compile(r"\b(topic|about|subject|reason)\b", re.IGNORECASE),
}


def phone_in(text: str) -> str | None:
    """Return the telephone number in a text, as digits with a plus where one was given, or None."""
    match = _PHONE.search(text)
    if match is None:
        return None
    digits = re.sub(r"\D", "", match.group().replace("(0)", ""))
    return ("+" if match.group().startswith("+") else "") + digits if 9 <= len(digits) <= 15 else None


def change_in(text: str) -> dict[str, str | None]:
    """Return what a text corrects: a slot with its new value, or with None when it is only named."""
    phone = phone_in(text)
    if phone is not None:
        return {"callback_phone": phone}
    if _TIME.search(text):
        return {"callback_time": text.strip()[:MOST_CHARACTERS]}
    named = next((slot for slot, words in _NAMED.items() if words.search(text)), None)
    return {named: None} if named else {}


class ValidateCallbackForm(PatientForm):
    """Checks what is put into the form."""

    opened_by = "request_callback"

    def name(self) -> str:
        """Return the action's name in the domain."""
        return f"validate_{FORM}"

    def validate_callback_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Take a telephone number of 9 to 15 digits."""
        if value is None:
            return {"callback_phone": None}
        phone = phone_in(str(value))
        if phone is None and not is_question(tracker):
            say(dispatcher, "utter_phone_unclear")
        elif phone is not None and is_changed(tracker, "callback_phone", phone):
            say(dispatcher, "utter_detail_changed")
        return {"callback_phone": phone}

    def validate_callback_time(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Take any words; a number alone corrects the number."""
        text = str(value or "").strip()[:MOST_CHARACTERS]
        return {"callback_time": None if _is_only_a_phone(text) else text or None}

    def validate_callback_topic(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Take any words; a number alone corrects the number."""
        text = str(value or "").strip()[:MOST_CHARACTERS]
        return {"callback_topic": None if _is_only_a_phone(text) else text or None}

    def validate_callback_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Take a yes; anything else is a change to one of the details."""
        if value is True:
            return {"callback_confirmed": True}
        change = change_in(str(value or ""))
        if any(change.values()) and not tracker.latest_message.get("entities"):
            say(dispatcher, "utter_detail_changed")  # a number seen as an entity has been acknowledged already
        return {"callback_confirmed": None, **change}


class ActionAskCallbackConfirmed(Action):  # type: ignore[misc]
    """Sums the call-back up, or asks what to change when the summary was refused."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return f"action_ask_{FORM}_callback_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        text = str(tracker.latest_message.get("text") or "")
        is_refused = told_before(tracker, "requested_slot") == "callback_confirmed" and not change_in(text)
        is_interruption = intent_of(tracker) == "ask"
        say(dispatcher, "utter_what_to_change" if is_refused and not is_interruption else "utter_confirm_callback")
        return []


class ActionBookCallback(Action):  # type: ignore[misc]
    """Books the call-back."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_book_callback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        if tracker.get_slot("callback_confirmed") is not True:
            return await say_form_left(dispatcher, tracker)
        phone, time, topic = (str(tracker.get_slot(f"callback_{name}")) for name in ("phone", "time", "topic"))
        try:
            reference = await diary().book(Callback(tracker.sender_id, phone, time, topic))
        except DiaryUnavailable:
            logger.exception("no call-back for conversation %s", tracker.sender_id)
            say(dispatcher, "utter_callback_unavailable", outcome="fallback")
            return empty_forms()
        say(
            dispatcher,
            "utter_callback_booked",
            outcome="form",
            callback_phone=phone,
            callback_time=time,
            reference=reference,
        )
        return [*empty_forms(), SlotSet("callback_booked", f"{reference}: {phone}, {time}, {topic}")]


def _is_only_a_phone(text: str) -> bool:
    return phone_in(text) is not None and not re.search(r"[a-z]{3}", text, re.IGNORECASE)
