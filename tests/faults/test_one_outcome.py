"""Whatever two things happen while a message is being answered, it ends in exactly one outcome that is visible."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from api.store.tables import RasaProcess, SuppressedReply
from tests.fakes import Call, FakeRasa, Withheld, echo
from tests.running import Customer, RunningApi, check_standing, list_process

TEXT = "where is my parcel"


@dataclass(frozen=True)
class Scene:
    """A chat in the middle of a turn, an agent at hand, and the process that events go to."""

    customer: Customer
    agent: Mapping[str, str]

    def agent_calls(self, call: str, body: object = None) -> None:
        answer = self.customer.api.http.post(f"{self.customer.path}/{call}", json=body, headers=self.agent)
        assert answer.status_code in {200, 202, 409}, answer.text

    def customer_calls(self, call: str) -> None:
        assert self.customer.post(call).status_code in {200, 409}


EVENTS: dict[str, Callable[[Scene], object]] = {
    "asks for a person": lambda scene: scene.customer_calls("request-person"),
    "leaves the queue": lambda scene: scene.customer_calls("leave-queue"),
    "sends it again": lambda scene: scene.customer.send(TEXT, "first"),
    "writes more": lambda scene: scene.customer.send("and my refund"),
    "an agent takes it": lambda scene: scene.agent_calls("take"),
    "an agent gives it to the bot": lambda scene: scene.agent_calls("release", {"to": "bot"}),
    "an agent gives it to the queue": lambda scene: scene.agent_calls("release", {"to": "queue"}),
    "an agent closes it": lambda scene: scene.agent_calls("close"),
    "an agent writes": lambda scene: scene.agent_calls("agent-messages", {"client_msg_id": "a", "text": "Hello."}),
}
PAIRS = list(itertools.product(EVENTS, repeat=2))


def play(api: RunningApi, other: RunningApi, rasa: FakeRasa, pairs: Sequence[tuple[str, str]] = PAIRS) -> None:
    """Begin a turn in a chat for each pair of events, let both happen, then let Rasa answer; look at every chat."""
    late = rasa.behave = Withheld()
    agent = api.agent()
    chats = [api.customer() for _ in pairs]
    for customer in chats:
        customer.send(TEXT, "first")
    rasa.wait_for_turn()
    for customer, events in zip(chats, pairs, strict=True):
        there = Customer(other, customer.conversation_id, customer.token, customer.epoch)
        for event in events:
            EVENTS[event](Scene(there, agent))
    late.go()
    api.settled()
    for customer, events in zip(chats, pairs, strict=True):
        look_at(customer, events)
    check_standing(api.store, [(customer.conversation_id, "first", TEXT) for customer in chats])


def look_at(customer: Customer, events: tuple[str, str]) -> None:
    """Every message of a chat was answered once, or belongs to people and its customer was told so."""
    lines = customer.page()["messages"]
    outcomes = Counter(customer.outcomes())
    assert set(outcomes) <= {"answer", "fallback", "queue", "agent"}, events
    assert sum(line["sender"] == "bot" for line in lines) == outcomes["answer"] + outcomes["fallback"], events
    if outcomes["queue"] or outcomes["agent"]:
        assert any(line["sender"] == "system" for line in lines), events


def test_on_one_process(tmp_path: Path, rasa: FakeRasa) -> None:
    with RunningApi(tmp_path, rasa) as api:
        play(api, api, rasa)


def test_on_two_processes(pair: tuple[RunningApi, RunningApi], rasa: FakeRasa) -> None:
    play(*pair, rasa, PAIRS[::4])


def test_a_change_of_models_in_the_middle_of_turns(api: RunningApi, rasa: FakeRasa) -> None:
    """The old process finishes what it has; what it cannot finish the new one answers, once."""

    def fail_half(call: Call) -> None:
        if int(call.request["text"].split()[-1]) % 2:
            call.reset()
        else:
            echo(call)

    late = rasa.behave = Withheld(fail_half)
    customers = [api.customer() for _ in range(10)]
    for number, customer in enumerate(customers):
        customer.send(f"question {number}")
    for _ in customers:
        rasa.wait_for_turn()
    with FakeRasa(model_version="model-2") as newer:

        def swap(session: object) -> None:
            for row in session.scalars(select(RasaProcess)):  # type: ignore[attr-defined]
                row.state = "draining"

        api.store.write_sync(swap)
        list_process(api.store, newer)
        late.go()
        api.settled()
        for number, customer in enumerate(customers):
            assert customer.lines() == [
                ("customer", f"question {number}"),
                ("bot", f"You said: question {number}"),
            ]
        assert len(newer.turns) == 5
        check_standing(api.store)


@pytest.mark.parametrize("field", ["entities", "state", "intent", "reason_codes", "model_version"])
def test_an_answer_that_a_database_may_refuse_still_ends_in_one_outcome(
    pair: tuple[RunningApi, RunningApi], rasa: FakeRasa, field: str
) -> None:
    """PostgreSQL stores no NUL: the message is tried again and then answered honestly, not tried for ever."""
    bad: dict[str, dict[str, object]] = {
        "entities": {"understanding": {"intent": "ask", "entities": [{"entity": "x", "value": "\0"}]}},
        "state": {"state": {"version": 1, "turn": 1, "slots": {"x": "\0"}}},
        "intent": {"intent": "a\0b"},
        "reason_codes": {"hand_off": {"reason_codes": ["\0"]}},
        "model_version": {"model_version": "\0"},
    }
    rasa.behave = lambda call: call.reply("Hello.", **bad[field])
    api, _ = pair
    customer = api.customer()
    customer.ask("hello")
    said = customer.page()["messages"]
    assert [line["sender"] for line in said] == ["customer", "bot"]
    assert customer.outcomes() in (["answer"], ["fallback"])
    assert api.store.read_sync(lambda s: s.scalars(select(SuppressedReply)).all()) == []
    check_standing(api.store)
