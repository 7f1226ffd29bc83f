"""Every action says something on every path, whatever the API does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions import answers
from actions.orders import OrdersUnavailable, orders
from actions.suggestions import SuggestionsClient, SuggestionsUnavailable
from tests.dialogues.stub_api import StubApi

SECRET = "s" * 64
CONTEXT = {"failed_turns": 0, "offer_open": False, "availability": "Somebody is here until 20:00."}


@pytest.fixture
def executor() -> ActionExecutor:
    loaded = ActionExecutor()
    loaded.register_package("actions")
    return loaded


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[httpx.Request], httpx.Response]], None]]:
    """Let the actions talk to a function instead of the API."""

    def use(answer: Callable[[httpx.Request], httpx.Response]) -> None:
        transport = httpx.MockTransport(answer)
        connection = httpx.AsyncClient(transport=transport, base_url="http://api")
        monkeypatch.setattr(answers.client, "_client", connection)

    return use  # type: ignore[return-value]


def tracker_saying(text: str, *, slots: dict[str, Any] | None = None, **changes: Any) -> Tracker:
    latest = {
        "text": text,
        "intent": {"name": changes.pop("intent", "ask"), "confidence": 1.0},
        "entities": changes.pop("entities", []),
        "message_id": "m1",
        "metadata": {"context": {**CONTEXT, **changes.pop("context", {})}},
        "understanding": {"target": changes.pop("target", None)},
    }
    return Tracker("c1", slots or {}, latest, [], False, None, changes.pop("active_loop", {}), "action_listen")


def said(dispatcher: CollectingDispatcher) -> list[str]:
    return [message.get("text") or message.get("response") for message in dispatcher.messages if _has_words(message)]


def notes(dispatcher: CollectingDispatcher) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for message in dispatcher.messages:
        found.update(message.get("custom") or {})
    return found


def _has_words(message: dict[str, Any]) -> bool:
    return bool(message.get("text") or message.get("response"))


def run(executor: ActionExecutor, name: str, tracker: Tracker) -> tuple[CollectingDispatcher, dict[str, Any]]:
    dispatcher = CollectingDispatcher()
    events = asyncio.run(executor.actions[name](dispatcher, tracker, {})) or []
    return dispatcher, {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def found(text: str) -> httpx.Response:
    return httpx.Response(200, json=StubApi().finding(text))


ALL_BROKEN = {
    "down": lambda request: (_ for _ in ()).throw(httpx.ConnectError("down")),
    "slow": lambda request: (_ for _ in ()).throw(httpx.ReadTimeout("slow")),
    "error": lambda request: httpx.Response(500),
    "rubbish": lambda request: httpx.Response(200, text="<html>"),
    "other shape": lambda request: httpx.Response(200, json={"suggestions": [{}]}),
    "unknown": lambda request: httpx.Response(404),
}


@pytest.mark.parametrize("fault", ALL_BROKEN)
@pytest.mark.parametrize(
    ("action", "slots"),
    [
        ("action_answer", {}),
        ("action_answer_article", {}),
        ("action_choose_article", {}),
        ("action_deny", {"open_question": "helped", "asked_message_id": "m0", "shown_suggestions": ["s1"]}),
        ("action_not_helpful", {"asked_message_id": "m0", "shown_suggestions": ["s1"]}),
    ],
)
def test_a_broken_api_is_owned_up_to(executor: Any, api: Any, action: str, slots: dict[str, Any], fault: str) -> None:
    api(ALL_BROKEN[fault])
    dispatcher, _ = run(executor, action, tracker_saying("refund?", slots=slots))
    assert said(dispatcher) == ["utter_search_unavailable"]
    assert notes(dispatcher)["outcome"] == "fallback"


def test_every_action_says_something_with_nothing_known(executor: Any, api: Any) -> None:
    api(lambda request: found("nothing fits this"))
    for name in executor.actions:
        if not name.startswith("validate_"):
            dispatcher, _ = run(executor, name, tracker_saying("..."))
            assert said(dispatcher), name


def test_the_answer_is_verbatim_with_its_suggestion_and_asks_whether_it_helped(executor: Any, api: Any) -> None:
    api(lambda request: found("refund"))
    dispatcher, slots = run(executor, "action_answer", tracker_saying("when is my refund"))
    assert said(dispatcher) == ["A refund takes up to five working days.", "utter_did_this_help"]
    assert notes(dispatcher) == {"outcome": "answer", "suggestion_id": "s-refund-times"}
    assert slots == {
        "open_question": "helped",
        "offered_articles": None,
        "asked_message_id": "m1",
        "asked_words": ["refun"],
        "shown_suggestions": ["s-refund-times"],
    }


def test_the_api_is_asked_for_the_set_of_this_very_message(executor: Any, api: Any) -> None:
    asked: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return found("refund")

    api(answer)
    run(executor, "action_answer", tracker_saying("when is my refund"))
    assert asked == [{"message_id": "m1"}]


def test_two_close_articles_are_offered_on_buttons(executor: Any, api: Any) -> None:
    api(lambda request: found("send it back"))
    dispatcher, slots = run(executor, "action_answer", tracker_saying("can i send it back"))
    [message] = dispatcher.messages
    assert [button["title"] for button in message["buttons"]] == [
        "Return an item",
        "When your refund arrives",
        "Something else",
    ]
    assert message["buttons"][0]["payload"] == '/choose_article{"article_id": "return-an-item"}'
    assert slots["open_question"] == "clarify"


def test_no_brings_the_next_suggestion_once_and_then_an_honest_end(executor: Any, api: Any) -> None:
    api(lambda request: found("refund"))
    slots = {"open_question": "helped", "asked_message_id": "m0", "shown_suggestions": ["s-refund-times"]}
    dispatcher, after = run(executor, "action_deny", tracker_saying("no", slots=slots))
    assert said(dispatcher) == [
        "utter_next_suggestion",
        "You can send anything back within 30 days.",
        "utter_did_this_help",
    ]
    assert notes(dispatcher)["feedback"] == {"suggestion_id": "s-refund-times", "helpful": False}
    assert after["shown_suggestions"] == ["s-refund-times", "s-return-an-item"]
    dispatcher, after = run(executor, "action_deny", tracker_saying("no", slots={**slots, **after}))
    assert said(dispatcher) == ["utter_rejected"]
    assert after["open_question"] is None


def test_an_unlikely_next_suggestion_is_not_shown(executor: Any, api: Any) -> None:
    api(lambda request: found("return"))  # its second article has a confidence of 0.2
    slots = {"open_question": "helped", "asked_message_id": "m0", "shown_suggestions": ["s-return-an-item"]}
    dispatcher, _ = run(executor, "action_deny", tracker_saying("no", slots=slots))
    assert said(dispatcher) == ["utter_whole_page"]
    assert dispatcher.messages[-1]["url"] == "/help/return-an-item"
    assert notes(dispatcher)["outcome"] == "rejected"


def test_the_third_failure_ends_the_guessing(executor: Any, api: Any) -> None:
    api(lambda request: found("nothing fits this"))
    for failed, expected in ((0, "utter_not_found"), (1, "utter_not_found"), (2, "utter_still_not_found")):
        dispatcher, _ = run(executor, "action_answer", tracker_saying("hm", context={"failed_turns": failed}))
        assert said(dispatcher) == [expected]


def test_after_an_offer_the_next_failure_says_when_a_person_is_there(executor: Any, api: Any) -> None:
    api(lambda request: found("nothing fits this"))
    context = {"failed_turns": 3, "offered_before": True}
    dispatcher, _ = run(executor, "action_answer", tracker_saying("hm", context=context))
    assert said(dispatcher) == ["utter_person_can_help"]
    assert dispatcher.messages[0]["availability"] == CONTEXT["availability"]


def test_an_answer_within_a_form_leaves_the_question_to_the_form(executor: Any, api: Any) -> None:
    api(lambda request: found("refund"))
    tracker = tracker_saying("when is my refund", active_loop={"name": "order_status_form"})
    dispatcher, _ = run(executor, "action_answer", tracker)
    assert said(dispatcher) == ["A refund takes up to five working days."]


def test_an_intents_article_is_answered_from_even_if_the_search_ranked_another_first(executor: Any, api: Any) -> None:
    api(lambda request: found("refund"))
    dispatcher, _ = run(executor, "action_answer_article", tracker_saying("hm", target="return-an-item"))
    assert said(dispatcher)[0] == "You can send anything back within 30 days."


def test_an_intents_article_that_the_search_does_not_find_is_linked(executor: Any, api: Any) -> None:
    api(lambda request: found("refund"))
    dispatcher, _ = run(executor, "action_answer_article", tracker_saying("hm", target="gift-returns"))
    assert dispatcher.messages[0]["response"] == "utter_article_page"
    assert dispatcher.messages[0]["url"] == "/help/gift-returns"


def test_no_to_an_open_offer_is_taken_as_that(executor: Any) -> None:
    slots = {"open_question": "helped", "asked_message_id": "m0", "shown_suggestions": ["s1"]}
    dispatcher, after = run(executor, "action_deny", tracker_saying("no", slots=slots, context={"offer_open": True}))
    assert said(dispatcher) == ["utter_offer_declined"]
    assert notes(dispatcher) == {}
    assert after["open_question"] is None


def test_yes_to_an_open_offer_is_no_praise_for_the_answer_before_it(executor: Any) -> None:
    slots = {"open_question": "helped", "asked_message_id": "m0", "shown_suggestions": ["s1"]}
    dispatcher, _ = run(executor, "action_affirm", tracker_saying("yes", slots=slots, context={"offer_open": True}))
    assert said(dispatcher) == ["utter_affirm"]
    assert notes(dispatcher) == {}


def test_an_order_system_that_is_down_is_owned_up_to(executor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        async def find(self, number: str, postcode: str) -> None:
            raise OrdersUnavailable("down")

    monkeypatch.setattr("actions.order_form.orders", lambda: Down())
    tracker = tracker_saying("LS6 2DX", slots={"order_number": "TW-2045184", "order_postcode": "LS6 2DX"})
    dispatcher, _ = run(executor, "action_say_order_status", tracker)
    assert said(dispatcher) == ["utter_order_service_down"]


def test_an_unknown_order_asks_for_number_and_postcode_again(executor: Any) -> None:
    orders.cache_clear()
    tracker = tracker_saying("LS1 1AA", slots={"order_number": "TW-2045184", "order_postcode": "LS1 1AA"})
    dispatcher = CollectingDispatcher()
    events = asyncio.run(executor.actions["action_say_order_status"](dispatcher, tracker, {}))
    assert said(dispatcher) == ["utter_order_unknown"]
    assert events[-1] == {"event": "followup", "timestamp": None, "name": "order_status_form"}


def test_the_secret_must_be_readable(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("DESKMATE_SECRET_FILE", str(tmp_path / "missing"))
    with pytest.raises(SuggestionsUnavailable, match="cannot be read"):
        asyncio.run(SuggestionsClient().for_question("refund", "c1"))
