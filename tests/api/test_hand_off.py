"""A person takes over: exactly one, and with the bot silent (C01-C04)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import func, select

from api.store.tables import HandOff, SuppressedReply
from tests.api.people import hand_offs, take
from tests.fakes import FakeRasa, MovableClock, Withheld
from tests.running import RunningApi, check_standing


def test_of_many_agents_who_take_a_chat_exactly_one_gets_it(any_api: RunningApi) -> None:
    """C01."""
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
    """C02."""
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
        for text in texts[:14]:
            customer.send(text)
        api.settled()
        assert len(customer.said_by("customer")) == 1 + 50
        assert customer.said_by("bot") == ["Pick one"]
        assert {turn["mode"] for turn in rasa.turns[1:]} == {"observe"}
        assert set(customer.outcomes()[1:]) == {"queue", "agent"}
        check_standing(api.store)


def test_a_hand_off_in_the_middle_of_a_turn_suppresses_the_late_answer(any_api: RunningApi, rasa: FakeRasa) -> None:
    """C03."""
    late = rasa.behave = Withheld(lambda call: call.reply("late", buttons=[{"title": "Yes", "payload": "/affirm"}]))
    customer = any_api.customer()
    customer.send("this is useless")
    rasa.wait_for_turn()
    assert customer.post("request-person").json()["owner"] == "queue"
    late.go()
    any_api.settled()
    assert customer.said_by("bot") == []
    [dropped] = any_api.store.read_sync(lambda s: s.scalars(select(SuppressedReply)).all())
    assert (dropped.text, dropped.buttons, dropped.reason) == ("late", ["Yes"], "owner_changed")
    assert len(hand_offs(any_api)) == 1
    assert customer.outcomes() == ["queue"]
    check_standing(any_api.store)


def test_asking_for_a_person_twice_is_one_place_in_the_queue(any_api: RunningApi, rasa: FakeRasa) -> None:
    """C04."""
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
    customer = api.customer()
    customer.post("request-person")
    late = rasa.behave = Withheld()
    customer.send("hello?")
    rasa.wait_for_turn()
    customer.post("leave-queue")
    late.go()
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


def test_no_hand_off_row_is_left_open_without_a_person(api: RunningApi) -> None:
    for _ in range(3):
        customer = api.customer()
        customer.post("request-person")
        customer.post("leave-queue")
    open_ones = api.store.read_sync(
        lambda s: s.scalar(select(func.count()).select_from(HandOff).where(HandOff.ended_at.is_(None)))
    )
    assert open_ones == 0
