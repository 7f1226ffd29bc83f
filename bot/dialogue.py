"""Runs one turn on the loaded model: understand, decide, say, remember."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.apologies import without_repeats
from bot.choices import chosen
from bot.conversation_state import is_state_after, state_of, tracker_from_history, tracker_from_state
from bot.processor import TurnProcessor
from bot.replies import Replies, Reply
from bot.turns import Payload, Turn
from bot.wording import said_before

logger = logging.getLogger(__name__)

CHANNEL = "gateway"
NAME_SLOT = "customer_name"
QUESTION_SLOT = "open_question"
MOST_REMEMBERED = 5_000  # conversations kept hot, about 2 kB each; any other is rebuilt from what the API sends
# From this frustration on, the bot answers the feeling before the matter. Chosen by eye on data/frustration: below it
# stand problem reports in a calm tone, where an apology for feelings nobody voiced sounds false.
FEELINGS_FROM = 0.6
# What is said first, by what presses the customer; then, or when those words are used up, the general one.
FEELINGS_RESPONSE = "utter_feelings_first"
FEELINGS_BY_PRESSURE = {
    "failed_answers": "utter_feelings_repeated",
    "rephrasing": "utter_feelings_repeated",
    "waiting": "utter_feelings_waiting",
}
IRONIC = frozenset({"thanks", "compliment", "helped"})  # from an upset customer: "thanks for nothing"
UPSET_SLOT, APOLOGIES_SLOT, OFFERED_SLOT = "is_upset", "apologies_said", "offered_articles"
HAND_OFF = "hand_off"
# Intents that tell of a feeling: reported as signals although their outcome is a response, because the API's rules
# offer a person on them.
FELT = ("upset", "insult", "make_complaint")


class NothingSaid(Exception):
    """The turn ended without a word, which is never right."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    turn: Turn
    answer: dict[str, Any]


class Dialogue:
    """One loaded model and the conversations it has spoken in lately."""

    def __init__(self, processor: TurnProcessor, *, model_version: str) -> None:
        self._processor = processor
        self._model_version = model_version
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(self, turn: Turn) -> dict[str, Any]:
        """Run a turn, or return its answer when this very turn has been run here already.

        Raises:
            ActionFailed: an action could not be run; the turn left no trace.
            NothingSaid: a reply was asked for and none came.
        """
        lock = self._locks.setdefault(turn.conversation_id, asyncio.Lock())
        async with lock:
            before = self._remembered.get(turn.conversation_id)
            if before is not None and _is_same(before.turn, turn):
                return before.answer
            answer = await self._run(turn, self._tracker_for(turn, before))
            self._remember(turn, answer)
            return answer

    async def is_understanding(self) -> bool:
        """Parse a sentence with the loaded model; whether it came to an intent."""
        tracker = tracker_from_history("ready", (), self._processor.domain)
        parsed = await self._processor.understand(UserMessage("Where is my parcel?", sender_id="ready"), tracker)
        return bool(parsed["intent"].get("name"))

    def _tracker_for(self, turn: Turn, before: _Remembered | None) -> DialogueStateTracker:
        domain = self._processor.domain
        states = (turn.state, before.answer["state"] if before else None)
        for state in states:
            if state is not None and is_state_after(state, turn.number - 1):
                return tracker_from_state(turn.conversation_id, state, domain)
        if turn.number > 1:
            logger.info("conversation %s: rebuilt from its history at turn %d", turn.conversation_id, turn.number)
        return tracker_from_history(turn.conversation_id, _earlier(turn), domain)

    async def _run(self, turn: Turn, tracker: DialogueStateTracker) -> dict[str, Any]:
        said_before.set(tuple(str(row.get("text", "")).strip() for row in turn.history if row.get("sender") == "bot"))
        if turn.speaker == "agent":
            return self._hear_agent(turn, tracker)
        if tracker.slots[NAME_SLOT].value != turn.customer_name:
            tracker.update(SlotSet(NAME_SLOT, turn.customer_name), self._processor.domain)
        turn = _with_choice(turn, tracker)
        parsed = await self._understand(turn, tracker)
        if turn.mode == "observe":
            self._let_go(tracker)
            return self._answer(turn, tracker, parsed, Replies())
        replies = Replies()
        await self._processor.run_action_extract_slots(replies, tracker)
        await self._processor._run_prediction_loop(replies, tracker)
        self._close_question(tracker)
        if not replies.replies:
            raise NothingSaid(f"the bot had no words for intent {parsed['intent'].get('name')}")
        await self._feelings_first(parsed, tracker, replies)
        self._say_sorry_once(turn, tracker, replies)
        return self._answer(turn, tracker, parsed, replies)

    async def _understand(self, turn: Turn, tracker: DialogueStateTracker) -> dict[str, Any]:
        if turn.payload is not None and turn.payload.intent in self._processor.domain.intents:
            parsed = _of_payload(turn)
        else:
            metadata = {
                "search": turn.search,
                "history": [dict(row) for row in turn.history],
                "context": dict(turn.context),
                "speaker": turn.speaker,
            }
            message = UserMessage(turn.text, sender_id=turn.conversation_id, metadata=metadata)
            parsed = await self._processor.understand(message, tracker)
        if _is_upset(parsed):
            tracker.update(SlotSet(UPSET_SLOT, True), self._processor.domain)
        heard = UserUttered(
            turn.text,
            parsed["intent"],
            parsed["entities"],
            parsed,
            input_channel=CHANNEL,
            message_id=turn.message_id,
            metadata={
                "context": dict(turn.context),
                "last_words": _last_words(turn),
                "is_pressed": turn.payload is not None,
            },
        )
        tracker.update(heard, self._processor.domain)
        return parsed

    def _hear_agent(self, turn: Turn, tracker: DialogueStateTracker) -> dict[str, Any]:
        tracker.update(BotUttered(turn.text, metadata={"said_by": "agent"}), self._processor.domain)
        self._let_go(tracker)
        return {**self._answer(turn, tracker, None, Replies()), "understanding": None}

    def _let_go(self, tracker: DialogueStateTracker) -> None:
        # A person has the chat: the bot's own form and question are no longer what is being talked about.
        for event in (
            ActiveLoop(None),
            SlotSet(REQUESTED_SLOT, None),
            SlotSet(QUESTION_SLOT, None),
            ActionExecuted(ACTION_LISTEN_NAME),
        ):
            tracker.update(event, self._processor.domain)

    def _close_question(self, tracker: DialogueStateTracker) -> None:
        # A question counts for the next message only: a "yes" three topics later must not answer it.
        for event in reversed(tracker.events):
            if isinstance(event, UserUttered):
                tracker.update(SlotSet(QUESTION_SLOT, None), self._processor.domain)
                return
            if isinstance(event, SlotSet) and event.key == QUESTION_SLOT:
                return

    async def _feelings_first(self, parsed: Mapping[str, Any], tracker: DialogueStateTracker, replies: Replies) -> None:
        frustration = parsed.get("frustration") or {}
        outcome = (parsed.get("understanding") or {}).get("outcome")
        if float(frustration.get("score") or 0.0) < FEELINGS_FROM or outcome == "response":
            return  # responses are worded for their mood already
        pressures = [FEELINGS_BY_PRESSURE.get(code) for code in frustration.get("reason_codes") or ()]
        for response in dict.fromkeys([*filter(None, pressures), FEELINGS_RESPONSE]):
            wording = await self._processor.nlg.generate(response, tracker, CHANNEL)
            if wording and wording["text"].strip() not in said_before.get():
                replies.replies.insert(0, Reply(wording["text"].strip()))
                return

    def _say_sorry_once(self, turn: Turn, tracker: DialogueStateTracker, replies: Replies) -> None:
        said = tracker.get_slot(APOLOGIES_SLOT) or []
        replies.replies[:], keys = without_repeats(replies.replies, said, turn.customer_name)
        if keys != said:
            tracker.update(SlotSet(APOLOGIES_SLOT, keys), self._processor.domain)

    def _answer(
        self, turn: Turn, tracker: DialogueStateTracker, parsed: Mapping[str, Any] | None, replies: Replies
    ) -> dict[str, Any]:
        outcome = _outcome(tracker, replies)
        answer: dict[str, Any] = {
            "replies": [reply.as_json() for reply in replies.replies],
            "understanding": _understanding(turn, parsed, outcome) if parsed is not None else None,
            "outcome": outcome,
            "state": state_of(tracker, turn.number),
            "slots": _told(tracker),
            "model_version": self._model_version,
        }
        if replies.feedback:
            answer["feedback"] = dict(replies.feedback)
        intent = answer["understanding"] and answer["understanding"]["intent"]
        if intent in FELT or (intent and answer["understanding"]["outcome"] == HAND_OFF):
            answer["hand_off"] = {"reason_codes": [intent]}
        return answer

    def _remember(self, turn: Turn, answer: dict[str, Any]) -> None:
        self._remembered[turn.conversation_id] = _Remembered(turn, answer)
        self._remembered.move_to_end(turn.conversation_id)
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)


def _with_choice(turn: Turn, tracker: DialogueStateTracker) -> Turn:
    """Take a typed "the second one" for the button it means."""
    if turn.payload is not None or turn.speaker != "customer" or tracker.get_slot(QUESTION_SLOT) != "clarify":
        return turn
    article_id = chosen(turn.text, tracker.get_slot(OFFERED_SLOT) or ())
    return replace(turn, payload=Payload("choose_article", {"article_id": article_id})) if article_id else turn


def _is_upset(parsed: Mapping[str, Any]) -> bool:
    """Say whether this message is upset by itself; praise and thanks in it are then ironic, and read as upset too."""
    frustration = parsed.get("frustration") or {}
    score = float(frustration.get("message_score", frustration.get("score")) or 0.0)
    if score >= FEELINGS_FROM and parsed["intent"].get("name") in IRONIC:
        parsed["intent"]["name"] = "upset"
    is_small_talk = (parsed.get("understanding") or {}).get("outcome") == "response"
    return parsed["intent"].get("name") in FELT or (score >= FEELINGS_FROM and not is_small_talk)


def _is_same(before: Turn, turn: Turn) -> bool:
    return (before.number, before.message_id, before.mode) == (turn.number, turn.message_id, turn.mode)


def _earlier(turn: Turn) -> list[Mapping[str, Any]]:
    """Return the history without the message of this turn, should it be in it."""
    rows = list(turn.history)
    if rows and rows[-1].get("sender") == turn.speaker and rows[-1].get("text", "").strip() == turn.text:
        rows.pop()
    return rows


def _last_words(turn: Turn) -> str | None:
    """Return the bot's last line before this message."""
    return next((str(row.get("text")) for row in reversed(turn.history) if row.get("sender") == "bot"), None)


def _of_payload(turn: Turn) -> dict[str, Any]:
    assert turn.payload is not None
    return {
        "text": turn.text,
        "intent": {"name": turn.payload.intent, "confidence": 1.0},
        "entities": [
            {"entity": name, "value": value, "start": 0, "end": 0} for name, value in turn.payload.values.items()
        ],
        "frustration": {"score": 0.0, "reasons": []},
    }


def _outcome(tracker: DialogueStateTracker, replies: Replies) -> str:
    for outcome in ("rejected", *reversed(replies.outcomes)):
        if outcome in replies.outcomes:
            return outcome
    if not replies.replies:
        return "none"
    return "form" if tracker.active_loop_name else "response"


def _understanding(turn: Turn, parsed: Mapping[str, Any], outcome: str) -> dict[str, Any]:
    understanding = parsed.get("understanding") or {}
    frustration = parsed.get("frustration") or {}
    by_button = {"form": "form", "answer": "article"}.get(outcome, "response")
    return {
        "intent": parsed["intent"].get("name"),
        "confidence": float(parsed["intent"].get("confidence") or 0.0),
        "entities": [
            {name: entity[name] for name in ("entity", "value", "start", "end") if name in entity}
            for entity in parsed["entities"]
        ],
        "frustration": {
            "score": float(frustration.get("score") or 0.0),
            "message_score": frustration.get("message_score"),
            "reasons": list(frustration.get("reasons") or ()),
        },
        "outcome": understanding.get("outcome") or (by_button if turn.payload else "search"),
        "search_confidence": understanding.get("search_confidence", (turn.search or {}).get("confidence")),
    }


def _told(tracker: DialogueStateTracker) -> dict[str, Any]:
    """Return what the customer told the bot in its forms, for the packet an agent reads."""
    return {
        name: slot.value
        for name, slot in tracker.slots.items()
        if slot.value and name.startswith(("order_", "callback_"))
    }
