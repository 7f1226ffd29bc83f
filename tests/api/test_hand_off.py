"""A person takes over: exactly one, with the bot silent, and only when the rules say so (C01-C04)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.hand_off.rules import decide, from_record
from api.store.tables import HandOff, SuggestionFeedback, SuppressedReply, Turn
from tests.fakes import Call, FakeRasa, MovableClock, echo
from tests.running import Customer, RunningApi, check_standing


def hand_offs(api: RunningApi) -> list[HandOff]:
    return api.store.read_sync(lambda s: list(s.scalars(select(HandOff).order_by(HandOff.requested_at))))


def take(api: RunningApi, customer: Customer, agent: object) -> int:
    return api.http.post(f"{customer.path}/take", headers=agent).status_code  # type: ignore[arg-type]


def test_of_many_agents_who_take_a_chat_exactly_one_gets_it(any_api: RunningApi) -> None:
    agents = [(name, any_api.agent(name=name)) for name in ("Ana", "Ben", "Cleo", "Dan", "Eve", "Fay")]
    with ThreadPoolExecutor(len(agents)) as pool:
        for _ in range(10):
            customer = any_api.customer()
            customer.post("request-person")
            go = threading.Barrier(len(agents))

            def try_to_take(agent: tuple[str, object], path: str = customer.path, go: threading.Barrier = go) -> object:
                go.wait()
                return any_api.http.post(f"{path}/take", headers=agent[1])  # type: ignore[arg-type]

            answers = dict(zip([name for name, _ in agents], pool.map(try_to_take, agents), strict=True))
            [winner] = [name for name, answer in answers.items() if answer.status_code == 200]  # type: ignore[attr-defined]
            for name, answer in answers.items():
                if name != winner:
                    assert answer.status_code == 409  # type: ignore[attr-defined]
                    assert answer.json()["error"]["agent_name"] == winner  # type: ignore[attr-defined]
    any_api.settled()
    check_standing(any_api.store)


def test_the_bot_is_silent_while_people_own_the_chat(tmp_path: Path, rasa: FakeRasa) -> None:
    clock = MovableClock()
    texts = ["hello", "/restart", "/session_start", '/intent{"slot": 1}', "yes", "no", "agent!!"] * 5
    with RunningApi(tmp_path, rasa, clock=clock) as api:
        rasa.behave = lambda call: call.reply("Pick one", buttons=[{"title": "Yes", "payload": "/affirm"}])
        customer = api.customer()
        [choice] = customer.ask("hello")
        customer.post("request-person")
        for text in texts[:15]:
            customer.send(text)
        customer.press(choice["buttons"][0]["button_id"])
        api.settled()
        assert take(api, customer, api.agent()) == 200
        clock.move(minutes=61)
        for text in texts[15:]:
            customer.send(text)
        api.settled()
        check_standing(api.store)
    with RunningApi(tmp_path) as api:  # after a restart, and another model
        rasa.model_version = "model-2"
        customer.api = api
        for text in texts[:10]:
            customer.send(text)
        api.settled()
        assert customer.said_by("bot") == ["Pick one"]
        assert {turn["mode"] for turn in rasa.turns[1:]} == {"observe"}
        assert set(customer.outcomes()[1:]) == {"queue", "agent"}
        check_standing(api.store)


def test_a_hand_off_in_the_middle_of_a_turn_suppresses_the_late_answer(any_api: RunningApi, rasa: FakeRasa) -> None:
    go = threading.Event()

    def wait_for_it(call: Call) -> None:
        go.wait(10)
        call.reply("late", buttons=[{"title": "Yes", "payload": "/affirm"}])

    rasa.behave = wait_for_it
    customer = any_api.customer()
    customer.send("this is useless")
    rasa.wait_for_turn()
    assert customer.post("request-person").json()["owner"] == "queue"
    go.set()
    any_api.settled()
    assert customer.said_by("bot") == []
    [dropped] = any_api.store.read_sync(lambda s: s.scalars(select(SuppressedReply)).all())
    assert (dropped.text, dropped.buttons, dropped.reason) == ("late", ["Yes"], "owner_changed")
    assert len(hand_offs(any_api)) == 1
    assert customer.outcomes() == ["queue"]
    check_standing(any_api.store)


def test_asking_for_a_person_twice_is_one_place_in_the_queue(any_api: RunningApi, rasa: FakeRasa) -> None:
    rasa.behave = lambda call: call.reply("Sorry!", hand_off={"reason_codes": ["request_person"]})
    customer = any_api.customer()
    customer.send("let me talk to a human")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: customer.post("request-person"), range(8)))
    any_api.settled()
    assert {answer.status_code for answer in answers} == {200}
    assert len(hand_offs(any_api)) == 1
    assert len([text for who, text in customer.lines() if who == "system"]) == 1
    assert customer.page()["position"] == 1


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


def test_leaving_the_queue_gives_the_chat_back_to_the_bot(api: RunningApi) -> None:
    customer = api.customer()
    customer.post("request-person")
    assert customer.post("leave-queue").json() == {"owner": "bot"}
    assert customer.post("leave-queue").json() == {"owner": "bot"}
    assert [line["text"] for line in customer.ask("hello again")] == ["You said: hello again"]
    assert [hand_off.ended_as for hand_off in hand_offs(api)] == ["left"]
    check_standing(api.store)


def test_a_message_observed_for_the_queue_is_answered_when_the_customer_has_left_it(
    api: RunningApi, rasa: FakeRasa
) -> None:
    go = threading.Event()

    def wait_for_it(call: Call) -> None:
        go.wait(10)
        echo(call)

    customer = api.customer()
    customer.post("request-person")
    rasa.behave = wait_for_it
    customer.send("hello?")
    rasa.wait_for_turn()
    customer.post("leave-queue")
    go.set()
    api.settled()
    assert customer.lines()[-1] == ("bot", "You said: hello?")
    assert customer.outcomes() == ["answer"]
    check_standing(api.store)


def test_places_in_the_queue_move_up_and_sockets_hear_it(api: RunningApi) -> None:
    first, second, ana = api.customer(), api.customer(), api.agent()
    first.post("request-person")
    with second.chat() as chat:
        chat.hear("owner", owner="bot")
        second.post("request-person")
        assert chat.hear("owner", owner="queue")["position"] == 2
        assert take(api, first, ana) == 200
        assert chat.hear("owner", owner="queue", position=1)
        assert take(api, second, ana) == 200
        assert chat.hear("owner", owner="agent")["agent_name"] == "Ana"


@pytest.mark.parametrize(("days", "owner"), [(1, "queue"), (4, "bot")])
def test_a_closed_chat_opens_again_for_people_soon_and_for_the_bot_later(
    tmp_path: Path, rasa: FakeRasa, days: int, owner: str
) -> None:
    clock = MovableClock()
    with RunningApi(tmp_path, rasa, clock=clock) as api:
        customer, ana = api.customer(), api.agent()
        customer.post("request-person")
        assert take(api, customer, ana) == 200
        assert api.http.post(f"{customer.path}/close", headers=ana).status_code == 200
        assert customer.page()["owner"] == "closed"
        clock.move(days=days)
        customer.send("one more thing")
        assert customer.page()["owner"] == owner
        api.settled()
        assert customer.outcomes() == ["queue" if owner == "queue" else "answer"]
        check_standing(api.store)


def test_the_bot_knows_what_was_said_when_it_gets_the_chat_back(api: RunningApi, rasa: FakeRasa) -> None:
    customer, ana = api.customer(), api.agent()
    customer.ask("where is my parcel")
    customer.post("request-person")
    take(api, customer, ana)
    customer.send("it is late")
    body = {"client_msg_id": "a1", "text": "It arrives on Friday."}
    assert api.http.post(f"{customer.path}/agent-messages", json=body, headers=ana).status_code == 202
    api.settled()
    released = api.http.post(f"{customer.path}/release", json={"to": "bot"}, headers=ana)
    assert released.json()["owner"] == "bot"
    customer.ask("and the other one?")
    modes = [(turn["mode"], turn["speaker"], turn["turn"]) for turn in rasa.turns]
    assert modes == [
        ("reply", "customer", 1),
        ("observe", "customer", 2),
        ("observe", "agent", 3),
        ("reply", "customer", 4),
    ]
    assert rasa.turns[-1]["state"] == {"version": 1, "turn": 3}
    senders = [line["sender"] for line in rasa.turns[-1]["history"]]
    assert senders == ["customer", "bot", "customer", "agent"]


def test_an_agent_who_does_not_hold_the_chat_cannot_write_in_it(api: RunningApi) -> None:
    customer, ana, ben = api.customer(), api.agent(name="Ana"), api.agent(name="Ben")
    customer.post("request-person")
    take(api, customer, ana)
    body = {"client_msg_id": "b1", "text": "Ben here"}
    answer = api.http.post(f"{customer.path}/agent-messages", json=body, headers=ben)
    assert (answer.status_code, answer.json()["error"]["agent_name"]) == (409, "Ana")
    assert customer.said_by("agent") == []


def test_contact_and_rating_are_kept(api: RunningApi) -> None:
    customer = api.customer()
    assert customer.post("contact", {"email": "a@example.org", "consent": True}).status_code == 200
    assert customer.post("contact", {"email": "a@example.org"}).status_code == 422
    assert customer.post("contact", {"consent": True}).status_code == 422
    assert customer.post("rating", {"stars": 5}).status_code == 200
    assert customer.post("rating", {"stars": 4, "words": "quick"}).status_code == 200
    assert customer.post("rating", {"stars": 6}).status_code == 422
    row = customer.row()
    assert (row.contact_email, row.stars, row.rating_words) == ("a@example.org", 4, "quick")


def test_no_hand_off_row_is_left_open_without_a_person(api: RunningApi) -> None:
    for _ in range(3):
        customer = api.customer()
        customer.post("request-person")
        customer.post("leave-queue")
    open_ones = api.store.read_sync(
        lambda s: s.scalar(select(func.count()).select_from(HandOff).where(HandOff.ended_at.is_(None)))
    )
    assert open_ones == 0


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


def test_a_message_still_unanswered_when_the_chat_is_closed_opens_it_again(api: RunningApi, rasa: FakeRasa) -> None:
    go = threading.Event()

    def wait_for_it(call: Call) -> None:
        go.wait(10)
        call.reply("too late")

    rasa.behave = wait_for_it
    customer, ana = api.customer(), api.agent()
    customer.send("is anybody there?")
    rasa.wait_for_turn()
    assert api.http.post(f"{customer.path}/close", headers=ana).status_code == 200
    go.set()
    api.settled()
    assert customer.page()["owner"] == "queue"
    assert customer.outcomes() == ["queue"]
    assert customer.said_by("bot") == []
    check_standing(api.store)


def test_a_goodbye_to_an_agent_who_then_closes_does_not_open_the_chat_again(api: RunningApi, rasa: FakeRasa) -> None:
    go = threading.Event()

    def wait_for_it(call: Call) -> None:
        go.wait(10)
        echo(call)

    customer, ana = api.customer(), api.agent()
    customer.post("request-person")
    take(api, customer, ana)
    rasa.behave = wait_for_it
    customer.send("thanks, bye")
    rasa.wait_for_turn()
    assert api.http.post(f"{customer.path}/close", headers=ana).status_code == 200
    go.set()
    api.settled()
    assert (customer.page()["owner"], customer.outcomes()) == ("closed", ["agent"])


def test_a_line_written_before_the_offer_is_no_answer_to_it(api: RunningApi, rasa: FakeRasa) -> None:
    go = threading.Event()

    def wait_for_it(call: Call) -> None:
        go.wait(10)
        call.reply("I am sorry.", frustration=0.9)

    rasa.behave = wait_for_it
    customer = api.customer()
    customer.send("this is ridiculous!!")
    rasa.wait_for_turn()
    customer.send("third time now!!!")
    go.set()
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


def test_an_expired_conversation_does_not_enter_the_queue(tmp_path: Path, rasa: FakeRasa) -> None:
    clock = MovableClock()
    with RunningApi(tmp_path, rasa, clock=clock) as api:
        customer = api.customer()
        clock.move(days=91)
        answer = customer.post("request-person")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conversation_expired")
        assert customer.page()["owner"] == "bot"
