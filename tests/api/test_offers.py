"""When a person is offered, and what counts as accepting: only what the rules say."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from api.hand_off.rules import decide, from_record
from api.store.tables import SuggestionFeedback, SuppressedReply, Turn
from tests.api.people import hand_offs
from tests.fakes import Call, FakeRasa, MovableClock, Withheld
from tests.running import RunningApi, check_standing


def test_a_direct_request_hands_off_and_drops_what_the_bot_would_have_said(api: RunningApi, rasa: FakeRasa) -> None:
    rasa.behave = lambda call: call.reply("Have you read our help page?", hand_off={"reason_codes": ["request_person"]})
    customer = api.customer()
    [line] = customer.ask("I want to speak to a person")
    assert (line["sender"], line["notice"]) == ("system", "queue.entered")
    assert "number 1" in line["text"]
    [hand_off] = hand_offs(api)
    assert hand_off.reason_codes == ["request_person"]
    assert hand_off.evidence[0]["seq"] == 1
    assert hand_off.counterfactual == "Without the signal request_person it would have been answered by the bot alone."
    [dropped] = api.store.read_sync(lambda s: s.scalars(select(SuppressedReply)).all())
    assert dropped.reason == "handed_off"
    [turn] = api.store.read_sync(lambda s: s.scalars(select(Turn)).all())
    assert decide(from_record(turn.signals)).decision == turn.decision == "immediate"  # replaying gives the same


def test_anger_is_offered_a_person_once_and_handed_off_when_it_comes_back(api: RunningApi, rasa: FakeRasa) -> None:
    rasa.behave = lambda call: call.reply("I am sorry.", frustration=0.9)
    customer = api.customer()
    reply, offer = customer.ask("this is useless!!")
    assert reply["text"] == "I am sorry."
    assert [button["title"] for button in offer["buttons"]] == ["Talk to a person", "No, thanks"]
    [line] = customer.ask("still useless!!")
    assert line["notice"] == "queue.entered"
    assert hand_offs(api)[0].reason_codes == ["anger_again"]


@pytest.mark.parametrize("way", ["button", "typed yes"])
def test_accepting_an_offer_hands_off(api: RunningApi, rasa: FakeRasa, way: str) -> None:
    rasa.behave = lambda call: call.reply("Sorry.", hand_off={"reason_codes": ["person_keyword"]})
    customer = api.customer()
    _, offer = customer.ask("agent")
    rasa.behave = lambda call: call.reply("Glad it helped!", intent="affirm")
    if way == "button":
        customer.press(offer["buttons"][0]["button_id"])
    else:
        customer.send("yes please")
    api.settled()
    assert customer.page()["owner"] == "queue"
    assert hand_offs(api)[0].reason_codes == ["accepted_offer"]
    assert "Glad it helped!" not in customer.said_by("bot")
    assert customer.outcomes() == ["answer", "queue"]


def test_declining_an_offer_leaves_the_bot_in_charge(api: RunningApi, rasa: FakeRasa) -> None:
    rasa.behave = lambda call: call.reply("Sorry.", hand_off={"reason_codes": ["person_keyword"]})
    customer = api.customer()
    _, offer = customer.ask("agent")
    customer.press(offer["buttons"][1]["button_id"])
    api.settled()
    assert customer.lines()[-1] == ("bot", "All right. What else can I help you with?")
    rasa.behave = lambda call: call.reply("Glad it helped!", intent="affirm")
    assert [line["text"] for line in customer.ask("yes")] == ["Glad it helped!"]
    assert customer.page()["owner"] == "bot"


def test_a_yes_to_the_bots_own_question_is_no_acceptance(api: RunningApi, rasa: FakeRasa) -> None:
    def help_then_offer(call: Call) -> None:
        call.reply("Did this help?", frustration=0.9, buttons=[{"title": "Yes", "payload": "/affirm"}])

    rasa.behave = help_then_offer
    customer = api.customer()
    helped, _ = customer.ask("grr")
    rasa.behave = lambda call: call.reply("Good.", intent="affirm")
    customer.press(helped["buttons"][0]["button_id"])
    api.settled()
    assert rasa.turns[-1]["payload"] == "/affirm"
    assert rasa.turns[-1]["text"] == "Yes"
    assert customer.page()["owner"] == "bot"


def test_the_third_failed_turn_offers_a_person(api: RunningApi, rasa: FakeRasa) -> None:
    rasa.behave = lambda call: call.reply("I did not find that.", outcome="fallback")
    customer = api.customer()
    assert [len(customer.ask(text)) for text in ("one", "two", "three", "four")] == [1, 1, 2, 1]


def test_what_a_company_rule_wants_said_at_once_is_said_before_the_hand_off(api: RunningApi, rasa: FakeRasa) -> None:
    rasa.behave = lambda call: call.reply(
        "Stop using the stove and open a window.", hand_off={"reason_codes": ["safety_problem"]}
    )
    customer = api.customer()
    first, second = customer.ask("I can smell gas")
    assert (first["sender"], first["text"]) == ("bot", "Stop using the stove and open a window.")
    assert second["notice"] == "queue.entered"
    assert (customer.page()["owner"], customer.outcomes()) == ("queue", ["queue"])
    assert hand_offs(api)[0].priority > 0
    check_standing(api.store)


def test_a_line_written_before_the_offer_is_no_answer_to_it(api: RunningApi, rasa: FakeRasa) -> None:
    late = rasa.behave = Withheld(lambda call: call.reply("I am sorry.", frustration=0.9))
    customer = api.customer()
    customer.send("this is ridiculous!!")
    rasa.wait_for_turn()
    customer.send("third time now!!!")
    late.go()
    api.settled()
    assert (customer.page()["owner"], customer.outcomes()) == ("bot", ["answer", "answer"])
    assert len([line for line in customer.page()["messages"] if line.get("notice") == "offer.text"]) == 1
    rasa.behave = lambda call: call.reply("Good.", intent="affirm")
    customer.ask("yes please")  # this one has seen the offer, which is still open
    assert customer.page()["owner"] == "queue"


def test_a_yes_to_the_offer_says_nothing_about_the_answer(api: RunningApi, rasa: FakeRasa) -> None:
    rasa.behave = lambda call: call.reply("Sorry.", frustration=0.9)
    customer = api.customer()
    customer.ask("where is my parcel!!")
    found = api.http.post(
        "/v1/suggestions", json={"message_id": customer.page()["messages"][0]["message_id"]}, headers=api.agent()
    ).json()
    feedback = {"suggestion_id": found["suggestions"][0]["suggestion_id"], "helpful": True}
    rasa.behave = lambda call: call.reply("Glad it helped!", intent="affirm", feedback=feedback)
    customer.ask("yes")
    assert customer.page()["owner"] == "queue"
    assert api.store.read_sync(lambda s: s.scalars(select(SuggestionFeedback)).all()) == []


def test_an_expired_button_is_only_its_title(tmp_path: Path, rasa: FakeRasa) -> None:
    clock = MovableClock()
    with RunningApi(tmp_path, rasa, clock=clock) as api:
        rasa.behave = lambda call: call.reply("Did this help?", buttons=[{"title": "Yes", "payload": "/affirm"}])
        customer = api.customer()
        [line] = customer.ask("hello")
        clock.move(days=2)
        customer.press(line["buttons"][0]["button_id"])
        api.settled()
        assert (rasa.turns[-1]["text"], rasa.turns[-1]["payload"]) == ("Yes", None)
