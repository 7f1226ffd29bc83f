"""Two API processes on one PostgreSQL: one turn at a time, and news travels between them (B21, B22)."""

from __future__ import annotations

import time

from sqlalchemy import func, select, update

from api.conversations.leases import take_lease
from api.store.tables import Lease, Turn
from tests.fakes import Call, FakeRasa, Withheld, echo
from tests.running import Customer, RunningApi, check_standing, list_process


def elsewhere(customer: Customer, api: RunningApi) -> Customer:
    """The same customer, talking to another process."""
    return Customer(api, customer.conversation_id, customer.token, customer.epoch)


def test_messages_spread_over_two_processes_are_answered_one_by_one(
    pair: tuple[RunningApi, RunningApi], rasa: FakeRasa
) -> None:
    one, other = pair
    with FakeRasa() as second:
        list_process(one.store, second)
        customer = one.customer()
        both = [customer, elsewhere(customer, other)]
        texts = [f"message {number}" for number in range(20)]
        for number, text in enumerate(texts):
            both[number % 2].send(text)
        one.settled()
        assert customer.said_by("customer") == texts
        assert customer.said_by("bot") == [f"You said: {text}" for text in texts]
        assert sorted(turn["turn"] for turn in rasa.turns + second.turns) == list(range(1, 21))
        check_standing(one.store)


def test_a_socket_on_one_process_hears_at_once_what_another_stored(pair: tuple[RunningApi, RunningApi]) -> None:
    one, other = pair
    customer = one.customer()
    with elsewhere(customer, other).chat() as chat:
        chat.hear("owner")
        started = time.monotonic()
        customer.send("hello")
        chat.hear("message", sender="bot")
        assert time.monotonic() - started < 4  # without the hint it would look after twenty seconds


def test_a_process_that_slept_through_its_lease_writes_nothing(
    pair: tuple[RunningApi, RunningApi], rasa: FakeRasa
) -> None:
    one, other = pair

    def lose_the_lease(call: Call) -> None:
        rasa.behave = echo
        stolen = update(Lease).values(holder=None, fence=Lease.fence + 1)  # as if thought dead, and taken over
        other.store.write_sync(lambda s: s.execute(stolen))
        call.reply("from the sleeper")

    rasa.behave = lose_the_lease
    customer = one.customer()
    customer.ask("hello")
    assert customer.said_by("bot") == ["You said: hello"]
    states = one.store.read_sync(lambda s: s.scalars(select(Turn.state).order_by(Turn.fence)).all())
    assert states == ["abandoned", "done"]
    check_standing(one.store)


def test_a_lease_taken_by_a_process_that_is_gone_is_nobodys(pair: tuple[RunningApi, RunningApi]) -> None:
    """A write under way while its process ends can take a lease after everything it held was freed."""
    one, _ = pair
    customer = one.customer()
    one.store.write_sync(lambda s: take_lease(s, customer.conversation_id, "gone"))
    assert [line["text"] for line in customer.ask("hello")] == ["You said: hello"]
    check_standing(one.store)


def test_signs_of_typing_reach_the_other_process_once(pair: tuple[RunningApi, RunningApi], rasa: FakeRasa) -> None:
    one, other = pair
    late = rasa.behave = Withheld()
    customer, ana = one.customer(), one.agent()
    with elsewhere(customer, other).chat() as there, customer.chat() as here:
        for chat in (there, here):
            chat.hear("owner")
        here.say("message", client_msg_id="m", text="hello")
        for chat in (there, here):
            assert chat.hear("typing")["sender"] == "bot"
        late.go()
        assert one.http.post(f"{customer.path}/take", headers=ana).status_code == 200
        for chat in (there, here):
            chat.hear("owner", owner="agent")
        signs = one.app.state.typing
        one.app.state.wakeups._loop.call_soon_threadsafe(signs.say, customer.conversation_id, "agent")
        for chat in (there, here):
            assert chat.hear("typing") == {"type": "typing", "sender": "agent"}
            chat.say("ping")
            chat.hear("pong")
            assert [frame["sender"] for frame in chat.frames if frame["type"] == "typing"].count("agent") == 1


def test_a_hint_that_is_none_of_ours_does_not_end_the_hints(pair: tuple[RunningApi, RunningApi]) -> None:
    one, other = pair
    customer = one.customer()
    for payload in ("", "[", "7", "[]", '{"topics": 7}', '{"sign": {"x": 1}, "from": "me"}', '{"sign": 1}'):
        one.store.write_sync(lambda s, said=payload: s.execute(select(func.pg_notify("deskmate", said))))  # type: ignore[misc]
    with elsewhere(customer, other).chat() as chat:
        chat.hear("owner")
        started = time.monotonic()
        customer.send("hello")
        chat.hear("message", sender="bot")
        assert time.monotonic() - started < 4
