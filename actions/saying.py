"""What several actions say and remember in the same way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.exceptions import says_no
from actions.remembered import words_of
from actions.suggestions import Part, Suggestion
from actions.told import Events

LAST_TRY = 2  # turns in a row that failed before this one: the third failure is where guessing ends
MOST_BUTTON_CHARACTERS = 80
LAST_QUESTION = ("open_question", "offered_articles", "asked_message_id", "asked_words", "shown_suggestions")
FORM_SLOTS = (
    "order_number",
    "order_postcode",
    "callback_phone",
    "callback_time",
    "callback_topic",
    "callback_confirmed",
    "form_misses",
)


def context_of(tracker: Tracker) -> dict[str, Any]:
    """Return what the API knows of this turn: offer_open, offered_before, failed_turns, availability."""
    metadata = tracker.latest_message.get("metadata") or {}
    context = metadata.get("context")
    return context if isinstance(context, dict) else {}


def is_offer_answered(tracker: Tracker) -> bool:
    """Return whether a typed yes or no answers the API's offer of a person; a pressed one belongs to its button."""
    metadata = tracker.latest_message.get("metadata") or {}
    return bool(context_of(tracker).get("offer_open")) and not metadata.get("is_pressed")


def say(dispatcher: CollectingDispatcher, response: str, *, outcome: str | None = None, **values: Any) -> None:
    """Say a response of the domain, and what the turn came to."""
    notes = {"json_message": {"outcome": outcome}} if outcome else {}
    dispatcher.utter_message(response=response, **notes, **values)


def say_answer(
    dispatcher: CollectingDispatcher, tracker: Tracker, found: Suggestion, *, outcome: str = "answer"
) -> Events:
    """Say an answer verbatim and ask whether it helped, unless a form is about to ask its own question."""
    show(dispatcher, found, outcome=outcome)
    exceptions = context_of(tracker).get("exceptions")
    if exceptions and says_no(text_of(tracker), found.answer):
        say(dispatcher, "utter_ask_for_exception", exceptions=exceptions)
    if tracker.active_loop_name:
        return []
    say(dispatcher, "utter_did_this_help")
    return [
        SlotSet("open_question", "helped"),
        SlotSet("offered_articles", None),
        SlotSet("asked_message_id", tracker.get_slot("asked_message_id") or message_id_of(tracker)),
        SlotSet("asked_words", tracker.get_slot("asked_words") or words_of(text_of(tracker))),
        SlotSet("shown_suggestions", [*(tracker.get_slot("shown_suggestions") or []), found.suggestion_id]),
    ]


def show(dispatcher: CollectingDispatcher, found: Suggestion, *, outcome: str) -> None:
    """Show an answer's own words."""
    notes = {"outcome": outcome, "suggestion_id": found.suggestion_id}
    dispatcher.utter_message(text=found.answer, json_message=notes)


def say_parts(dispatcher: CollectingDispatcher, tracker: Tracker, parts: Sequence[Part]) -> Events:
    """Answer each question of a message from its own article; ask back about at most one, at the end."""
    sure = [part.suggestions[0] for part in parts if part.decision == "answer"]
    unsure = next((part for part in parts if part.decision != "answer"), None)
    for place, found in enumerate(sure):
        if place:
            say(dispatcher, "utter_other_question")
        show(dispatcher, found, outcome="answer")
    if unsure is not None and not tracker.active_loop_name:
        return say_choice(dispatcher, tracker, unsure.suggestions, response="utter_clarify_other", outcome="answer")
    if tracker.active_loop_name:
        return []
    say(dispatcher, "utter_did_both_help")
    return [
        SlotSet("open_question", "helped"),
        SlotSet("asked_message_id", message_id_of(tracker)),
        SlotSet("asked_words", words_of(text_of(tracker))),
        SlotSet("shown_suggestions", [found.suggestion_id for found in sure]),
    ]


def say_choice(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    close: Sequence[Suggestion],
    *,
    response: str = "utter_clarify",
    outcome: str = "clarify",
) -> Events:
    """Ask which of the two likeliest articles is meant."""
    offered = [{"article_id": one.article_id, "title": one.title[:MOST_BUTTON_CHARACTERS]} for one in close[:2]]
    say(dispatcher, response, outcome=outcome, buttons=choice_buttons(offered))
    return [
        SlotSet("open_question", "clarify"),
        SlotSet("offered_articles", offered),
        SlotSet("asked_message_id", message_id_of(tracker)),
        SlotSet("asked_words", words_of(text_of(tracker))),
        SlotSet("shown_suggestions", []),
    ]


def choice_buttons(offered: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return a button for each article offered, and one for neither."""
    buttons = [
        {"title": one["title"], "payload": "/choose_article" + json.dumps({"article_id": one["article_id"]})}
        for one in offered
    ]
    return [*buttons, {"title": "Something else", "payload": "/none_of_these"}]


def say_not_found(
    dispatcher: CollectingDispatcher, tracker: Tracker, response: str, *, outcome: str, **values: Any
) -> Events:
    """Say honestly that there is no answer; after repeated failures, when a person can help."""
    context = context_of(tracker)
    if context.get("failed_turns", 0) < LAST_TRY:
        say(dispatcher, response, outcome=outcome, **values)
    elif context.get("offered_before") and context.get("availability"):
        say(dispatcher, "utter_person_can_help", outcome=outcome, availability=context["availability"])
    else:
        say(dispatcher, "utter_still_not_found", outcome=outcome)  # the API's offer follows, with who is there when
    return forget()


def forget() -> Events:
    """Return the events that close the bot's last question."""
    return [SlotSet(name, None) for name in LAST_QUESTION]


def empty_forms() -> Events:
    """Return the events that forget what was put into forms."""
    return [SlotSet(name, None) for name in FORM_SLOTS]


def note_feedback(dispatcher: CollectingDispatcher, tracker: Tracker, *, helpful: bool) -> None:
    """Report whether the last answer shown helped."""
    shown = tracker.get_slot("shown_suggestions") or []
    if shown:
        feedback = {"suggestion_id": shown[-1], "helpful": helpful}
        dispatcher.utter_message(json_message={"feedback": feedback})


def text_of(tracker: Tracker) -> str:
    """Return the words of the message being answered."""
    return str(tracker.latest_message.get("text") or "")


def message_id_of(tracker: Tracker) -> str:
    """Return the id of the message being answered."""
    return str(tracker.latest_message.get("message_id") or "")
