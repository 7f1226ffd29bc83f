"""Two API processes on one PostgreSQL: one turn at a time, and news travels between them (B21, B22)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from api.store.database import Store
from api.store.tables import Lease, Turn
from tests.fakes import Call, FakeRasa, echo
from tests.postgres import fresh_database, running_postgres
from tests.running import Customer, RunningApi, check_standing, fresh_store, list_process


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture
def pair(tmp_path: Path, postgres: str, rasa: FakeRasa) -> Iterator[tuple[RunningApi, RunningApi]]:
    url = fresh_database(postgres)
    stores = [fresh_store(tmp_path, url), Store(url)]
    with RunningApi(tmp_path, rasa, store=stores[0]) as one, RunningApi(tmp_path, store=stores[1]) as other:
        yield one, other
    for store in stores:
        store.close()


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
