"""Answers from the knowledge base."""

# ruff: noqa: ARG002 (rasa_sdk calls these methods by the names of their arguments)
from __future__ import annotations

import logging

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.remembered import chosen_before, declined_before, first_fresh, remember
from actions.saying import empty_forms, forget, message_id_of, say, say_answer, say_choice, say_not_found, say_parts
from actions.suggestions import SuggestionSet, SuggestionsUnavailable, client
from actions.told import Events, is_question

logger = logging.getLogger(__name__)


async def found_for(tracker: Tracker, message_id: str) -> SuggestionSet:
    """Return the suggestions for a message of this conversation.

    Raises:
        SuggestionsUnavailable: the API did not answer in time.
    """
    return await client.for_message(message_id, str(tracker.latest_message.get("text") or ""), tracker.sender_id)


def say_unavailable(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Say that nothing can be looked up just now."""
    logger.exception("no suggestions for conversation %s", tracker.sender_id)
    say(dispatcher, "utter_search_unavailable", outcome="fallback")
    return forget()


class ActionAnswer(Action):  # type: ignore[misc]
    """Answers from the knowledge base, asks which of two articles is meant, or says honestly that it cannot."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        try:
            found = await found_for(tracker, message_id_of(tracker))
        except SuggestionsUnavailable:
            return say_unavailable(dispatcher, tracker)
        return say_found(dispatcher, tracker, found)


class ActionAnswerArticle(Action):  # type: ignore[misc]
    """Answers from the article that the intent names; points to its page where no sentence of it was found."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_answer_article"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        target = (tracker.latest_message.get("understanding") or {}).get("target")
        try:
            found = await found_for(tracker, message_id_of(tracker))
            if target and found.of_article(target) is None:
                found = await client.for_question(str(target).replace("-", " "), tracker.sender_id)
        except SuggestionsUnavailable:
            return say_unavailable(dispatcher, tracker)
        wanted = found.of_article(target)
        if wanted is not None:
            return [*forget(), *say_answer(dispatcher, _asked_anew(tracker), wanted)]
        if not target:
            return say_found(dispatcher, tracker, found)
        say(dispatcher, "utter_article_page", outcome="answer", url=f"/help/{target}")
        return forget()


class ActionChooseArticle(Action):  # type: ignore[misc]
    """Answers from the article the customer picked on a button."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_choose_article"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Run the action."""
        chosen = next(tracker.get_latest_entity_values("article_id"), None)
        try:
            found = await found_for(tracker, tracker.get_slot("asked_message_id") or message_id_of(tracker))
        except SuggestionsUnavailable:
            return say_unavailable(dispatcher, tracker)
        wanted = found.of_article(chosen)
        if wanted is None:
            return say_not_found(dispatcher, tracker, "utter_not_found", outcome="fallback")
        return [*remember(tracker, "chosen_articles", [wanted.article_id]), *say_answer(dispatcher, tracker, wanted)]


def say_found(dispatcher: CollectingDispatcher, tracker: Tracker, found: SuggestionSet) -> Events:
    """Say what the search decided on."""
    if found.parts:
        return [*forget(), *say_parts(dispatcher, _asked_anew(tracker), found.parts)]
    if found.decision == "clarify" and len(found.suggestions) > 1:
        return say_close(dispatcher, tracker, found)
    if found.decision in ("answer", "clarify") and found.suggestions:
        return say_fresh(dispatcher, tracker, found)
    return say_not_found(dispatcher, tracker, "utter_not_found", outcome="fallback")


def say_close(dispatcher: CollectingDispatcher, tracker: Tracker, found: SuggestionSet) -> Events:
    """Ask which of two close articles is meant, unless the customer has said so before."""
    pair = found.suggestions[:2]
    known = chosen_before(tracker, pair)
    if known is not None:
        return [*forget(), *say_answer(dispatcher, _asked_anew(tracker), known)]
    if declined_before(tracker, pair):
        return say_not_found(dispatcher, tracker, "utter_not_found", outcome="fallback")
    return say_choice(dispatcher, tracker, pair)


def say_fresh(dispatcher: CollectingDispatcher, tracker: Tracker, found: SuggestionSet) -> Events:
    """Answer, but never again with an answer that did not help this customer: then try another, or say so."""
    best = first_fresh(tracker, found)
    if best is None:
        say(dispatcher, "utter_same_again", outcome="fallback", url=found.suggestions[0].url)
        return forget()
    if best is not found.suggestions[0]:
        say(dispatcher, "utter_next_suggestion")
    return [*forget(), *say_answer(dispatcher, _asked_anew(tracker), best)]


async def say_form_left(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Say that a form is left because its details did not come; answer what was asked instead."""
    if is_question(tracker):
        try:
            found = await found_for(tracker, message_id_of(tracker))
        except SuggestionsUnavailable:
            return [*say_unavailable(dispatcher, tracker), *empty_forms()]
        return [*empty_forms(), *say_found(dispatcher, tracker, found)]
    say(dispatcher, "utter_form_left", outcome="fallback")
    return [*forget(), *empty_forms()]


def _asked_anew(tracker: Tracker) -> Tracker:
    """Return the tracker with the earlier question forgotten: this answer belongs to this message."""
    tracker.slots = {**tracker.slots, "asked_message_id": None, "asked_words": None, "shown_suggestions": None}
    return tracker
