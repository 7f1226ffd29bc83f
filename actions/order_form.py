"""The order status form: reads the number and the postcode, and says where the order is."""

# ruff: noqa: ARG002 (rasa_sdk calls these methods by the names of their arguments)
from __future__ import annotations

import logging
import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.answers import say_form_left
from actions.forms import PatientForm
from actions.orders import Order, OrdersUnavailable, orders
from actions.saying import say
from actions.told import Events, is_changed, is_question

logger = logging.getLogger(__name__)

FORM = "order_status_form"

_NUMBER = re.compile(r"(?<![\dA-Z])(?:TW)?[\s:#-]{0,8}(\d{7})(?!\d)", re.IGNORECASE)
_UK_POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[A-Z]{2})\b", re.IGNORECASE)
_FOREIGN_POSTCODE = re.compile(r"^(?=.*\d)[A-Z\d][A-Z\d -]{2,9}$", re.IGNORECASE)


def order_number_in(text: str) -> str | None:
    """Return the order number in a text as TW-1234567, or None."""
    match = _NUMBER.search(text)
    return f"TW-{match.group(1)}" if match else None


def postcode_in(text: str) -> str | None:
    """Return the postcode in a text, in capitals, or None; a foreign one must stand alone."""
    match = _UK_POSTCODE.search(text)
    if match:
        return f"{match.group(1)} {match.group(2)}".upper()
    return text.strip().upper() if _FOREIGN_POSTCODE.match(text.strip()) and not order_number_in(text) else None


class ValidateOrderStatusForm(PatientForm):
    """Checks what is put into the form."""

    opened_by = "order_status"

    def name(self) -> str:
        """Return the action's name in the domain."""
        return f"validate_{FORM}"

    def validate_order_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Take an order number in any usual spelling."""
        if value is None:
            return {"order_number": None}
        number = order_number_in(str(value))
        if number is None and not is_question(tracker):
            say(dispatcher, "utter_order_number_unclear")
        elif number is not None and is_changed(tracker, "order_number", number):
            say(dispatcher, "utter_detail_changed")
        return {"order_number": number}

    def validate_order_postcode(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Take a British postcode anywhere in the text, or a foreign one alone; an order number corrects the number."""
        if value is None:
            return {"order_postcode": None}
        text = str(value)
        number, postcode = order_number_in(text), postcode_in(text)
        if postcode is None and number is not None:
            if not tracker.latest_message.get("entities"):
                say(dispatcher, "utter_detail_changed")  # a number seen as an entity has been acknowledged already
            return {"order_number": number, "order_postcode": None}
        if postcode is None and not is_question(tracker):
            say(dispatcher, "utter_postcode_unclear")
        return {"order_postcode": postcode}


class ActionSayOrderStatus(Action):  # type: ignore[misc]
    """Looks the order up and says where it is; asks again when there is no such order."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_say_order_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        if tracker.get_slot("order_number") is None or tracker.get_slot("order_postcode") is None:
            return await say_form_left(dispatcher, tracker)
        number, postcode = str(tracker.get_slot("order_number")), str(tracker.get_slot("order_postcode"))
        emptied = [SlotSet("order_number", None), SlotSet("order_postcode", None)]
        try:
            order = await orders().find(number, postcode)
        except OrdersUnavailable:
            logger.exception("no order status for conversation %s", tracker.sender_id)
            say(dispatcher, "utter_order_service_down", outcome="fallback", order_number=number)
            return emptied
        if order is None:
            say(dispatcher, "utter_order_unknown", outcome="fallback", order_number=number)
            return [*emptied, FollowupAction(FORM)]
        say_order(dispatcher, order)
        return [*emptied, SlotSet("order_looked_up", f"{order.number}: {order.state.replace('_', ' ')}")]


def say_order(dispatcher: CollectingDispatcher, order: Order) -> None:
    """Say where an order is, in the words for its state."""
    say(
        dispatcher,
        f"utter_order_{order.state}",
        outcome="form",
        order_number=order.number,
        date=f"{order.day:%A} {order.day.day} {order.day:%B}",
        carrier=order.carrier,
        tracking=order.tracking,
        note=order.note,
    )
