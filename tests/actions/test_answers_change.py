"""Two questions at once, choices that are remembered, answers that are not repeated, and a kind no."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from actions.exceptions import says_no
from tests.actions.test_actions_say_something import api, executor, found, notes, run, said, tracker_saying
from tests.dialogues.stub_api import StubApi

__all__ = ["api", "executor"]

EXCEPTIONS = "write to exceptions@tarnwick.example"
BOTH = "how long does a refund take and how much is delivery to norway"


def test_two_questions_get_two_answers(executor: Any, api: Any) -> None:
    api(lambda request: found(BOTH))
    dispatcher, after = run(executor, "action_answer", tracker_saying(BOTH))
    assert said(dispatcher) == [
        "A refund takes up to five working days.",
        "utter_other_question",
        "Delivery to Norway costs £12.",
        "utter_did_both_help",
    ]
    assert after["shown_suggestions"] == ["s-refund-times", "s-delivery-countries-and-prices"]


def test_no_after_two_answers_asks_which_is_still_open(executor: Any, api: Any) -> None:
    api(lambda request: found(BOTH))
    _, after = run(executor, "action_answer", tracker_saying(BOTH))
    dispatcher, _ = run(executor, "action_deny", tracker_saying("no", slots=after))
    assert said(dispatcher) == ["utter_which_is_open"]
    assert notes(dispatcher)["outcome"] == "rejected"


def test_one_sure_answer_comes_before_the_question_about_the_other(executor: Any, api: Any) -> None:
    text = "how much is delivery to norway and can i send it back"
    api(lambda request: found(text))
    dispatcher, after = run(executor, "action_answer", tracker_saying(text))
    assert said(dispatcher) == ["Delivery to Norway costs £12.", "utter_clarify_other"]
    assert [one["article_id"] for one in after["offered_articles"]] == ["return-an-item", "refund-times"]
    assert after["open_question"] == "clarify"


def test_a_choice_is_not_asked_for_twice(executor: Any, api: Any) -> None:
    api(lambda request: found("send it back"))
    _, after = run(executor, "action_answer", tracker_saying("can i send it back"))
    picked = tracker_saying(
        "Return an item", slots=after, entities=[{"entity": "article_id", "value": "return-an-item"}]
    )
    dispatcher, chosen = run(executor, "action_choose_article", picked)
    assert chosen["chosen_articles"] == ["return-an-item"]
    assert chosen["offered_articles"] is None
    again = tracker_saying("so can i send it back?", slots={**after, **chosen})
    dispatcher, _ = run(executor, "action_answer", again)
    assert said(dispatcher) == ["You can send anything back within 30 days.", "utter_did_this_help"]


def test_a_pair_turned_down_is_not_offered_again(executor: Any, api: Any) -> None:
    api(lambda request: found("send it back"))
    _, after = run(executor, "action_answer", tracker_saying("can i send it back"))
    _, declined = run(executor, "action_none_of_these", tracker_saying("Something else", slots=after))
    assert declined["declined_articles"] == ["return-an-item", "refund-times"]
    dispatcher, _ = run(executor, "action_answer", tracker_saying("send it back", slots={**after, **declined}))
    assert said(dispatcher) == ["utter_not_found"]


def test_yes_to_which_of_two_asks_which(executor: Any, api: Any) -> None:
    api(lambda request: found("send it back"))
    _, after = run(executor, "action_answer", tracker_saying("can i send it back"))
    dispatcher, _ = run(executor, "action_affirm", tracker_saying("yes", slots=after))
    assert said(dispatcher) == ["utter_which_one"]
    assert [button["title"] for button in dispatcher.messages[0]["buttons"]][-1] == "Something else"


def test_an_answer_that_did_not_help_is_not_given_again(executor: Any, api: Any) -> None:
    api(lambda request: found("refund"))
    _, after = run(executor, "action_answer", tracker_saying("when is my refund"))
    _, rejected = run(executor, "action_not_helpful", tracker_saying("that's no help", slots=after))
    slots = {**after, **rejected}
    dispatcher, again = run(executor, "action_answer", tracker_saying("how long till my refund", slots=slots))
    assert said(dispatcher)[:2] == ["utter_next_suggestion", "You can send anything back within 30 days."]
    _, both = run(executor, "action_not_helpful", tracker_saying("no help", slots={**slots, **again}))
    dispatcher, _ = run(executor, "action_answer", tracker_saying("refund?", slots={**slots, **again, **both}))
    assert said(dispatcher) == ["utter_same_again"]
    assert notes(dispatcher)["outcome"] == "fallback"


def test_a_no_tells_how_to_ask_for_an_exception(executor: Any, api: Any) -> None:
    def refusing(request: httpx.Request) -> httpx.Response:
        answer = StubApi().finding("return")
        answer["suggestions"][0]["answer"] = "We cannot take back socks that were worn."
        return httpx.Response(200, json=answer)

    api(refusing)
    context = {"exceptions": EXCEPTIONS}
    dispatcher, _ = run(executor, "action_answer", tracker_saying("can I return worn socks", context=context))
    assert said(dispatcher) == [
        "We cannot take back socks that were worn.",
        "utter_ask_for_exception",
        "utter_did_this_help",
    ]
    assert dispatcher.messages[1]["exceptions"] == EXCEPTIONS


@pytest.mark.parametrize(
    ("question", "answer", "no"),
    [
        ("Can I return worn boots?", "Boots worn outdoors cannot be returned.", True),
        ("do you deliver to Russia", "We do not deliver there.", True),
        ("I want my money back", "Gift cards are not refundable.", True),
        ("how long does a refund take", "A refund takes five days.", False),
        ("How long does a refund take?", "For a cancellation there is often no refund to see.", False),
        ("hi, when can I return it", "Boots worn outdoors cannot be returned.", False),
        ("can I return boots", "Yes, within 60 days.", False),
        ("what is a carabiner", "Opened climbing gear cannot be returned.", False),
    ],
)
def test_a_no_is_known_from_wish_and_answer(question: str, answer: str, no: bool) -> None:
    assert says_no(question, answer) is no


def test_an_answer_rejected_for_one_question_may_answer_another(executor: Any, api: Any) -> None:
    api(lambda request: found("refund"))
    _, after = run(executor, "action_answer", tracker_saying("may I swap these boots for a larger size"))
    _, rejected = run(executor, "action_not_helpful", tracker_saying("that's no help", slots=after))
    question = tracker_saying("how quickly is money refunded", slots={**after, **rejected})
    dispatcher, _ = run(executor, "action_answer", question)
    assert said(dispatcher)[0] == "A refund takes up to five working days."
