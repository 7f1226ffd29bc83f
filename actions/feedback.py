"""What a customer says about an answer, and plain yes and no."""

# ruff: noqa: ARG002 (rasa_sdk calls these methods by the names of their arguments)
from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.answers import found_for, say_unavailable
from actions.remembered import reject, remember
from actions.saying import choice_buttons, forget, is_offer_answered, note_feedback, say, say_answer, say_not_found
from actions.suggestions import SuggestionsUnavailable
from actions.told import Events


class ActionAffirm(Action):  # type: ignore[misc]
    """Takes a yes as the answer to whatever was asked last."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_affirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        if tracker.get_slot("open_question") == "helped" and not is_offer_answered(tracker):
            return say_helped(dispatcher, tracker)
        if tracker.get_slot("open_question") == "clarify" and tracker.get_slot("offered_articles"):
            return say_which_one(dispatcher, tracker)
        say(dispatcher, "utter_affirm")
        return []


class ActionDeny(Action):  # type: ignore[misc]
    """Takes a no as the answer to whatever was asked last."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_deny"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        if is_offer_answered(tracker):
            say(dispatcher, "utter_offer_declined")
            return forget()
        question = tracker.get_slot("open_question")
        if question == "helped":
            return await say_next(dispatcher, tracker)
        if question == "clarify":
            return say_none_of_these(dispatcher, tracker)
        say(dispatcher, "utter_deny")
        return []


class ActionHelped(Action):  # type: ignore[misc]
    """Is glad that an answer helped."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_helped"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        return say_helped(dispatcher, tracker)


class ActionNotHelpful(Action):  # type: ignore[misc]
    """Offers the next best article, or asks what is missing."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_not_helpful"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        if tracker.get_slot("shown_suggestions"):
            return await say_next(dispatcher, tracker)
        return say_not_found(dispatcher, tracker, "utter_what_is_missing", outcome="fallback")


class ActionNoneOfThese(Action):  # type: ignore[misc]
    """Asks again when none of the articles offered was meant."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_none_of_these"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        return say_none_of_these(dispatcher, tracker)


def say_helped(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Be glad, and report it."""
    note_feedback(dispatcher, tracker, helpful=True)
    say(dispatcher, "utter_helped")
    return forget()


def say_which_one(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Ask again which article is meant: "yes" names none."""
    offered = tracker.get_slot("offered_articles")
    say(dispatcher, "utter_which_one", outcome="clarify", buttons=choice_buttons(offered))
    return [SlotSet("open_question", "clarify")]


def say_none_of_these(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Ask for other words, and remember that it was neither."""
    offered = tracker.get_slot("offered_articles") or []
    declined = remember(tracker, "declined_articles", [one["article_id"] for one in offered])
    return declined + say_not_found(dispatcher, tracker, "utter_none_of_these", outcome="fallback")


async def say_next(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Report that the answer did not help, and show the next one worth showing, or say that there is none."""
    note_feedback(dispatcher, tracker, helpful=False)
    shown = tracker.get_slot("shown_suggestions") or []
    try:
        found = await found_for(tracker, str(tracker.get_slot("asked_message_id")))
    except SuggestionsUnavailable:
        return say_unavailable(dispatcher, tracker)
    rejected = reject(tracker, [one for one in found.suggestions if one.suggestion_id in shown])
    if len(found.parts) > 1 and len(shown) > 1:
        return [*rejected, *say_not_found(dispatcher, tracker, "utter_which_is_open", outcome="rejected")]
    better = found.after(shown)
    last = next((one for one in found.suggestions if shown and one.suggestion_id == shown[-1]), None)
    if better is None and len(shown) == 1 and last is not None:
        whole = say_not_found(dispatcher, tracker, "utter_whole_page", outcome="rejected", url=last.url)
        return [*rejected, *whole]
    if better is None:
        return [*rejected, *say_not_found(dispatcher, tracker, "utter_rejected", outcome="rejected")]
    say(dispatcher, "utter_next_suggestion")
    return [*rejected, *say_answer(dispatcher, tracker, better, outcome="rejected")]
