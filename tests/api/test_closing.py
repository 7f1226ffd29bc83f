"""Closed, reopened and expired chats: nothing a customer wrote is left lying."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.people import take
from tests.fakes import FakeRasa, MovableClock, Withheld
from tests.running import RunningApi, check_standing


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


def test_a_message_still_unanswered_when_the_chat_is_closed_opens_it_again(api: RunningApi, rasa: FakeRasa) -> None:
    late = rasa.behave = Withheld(lambda call: call.reply("too late"))
    customer, ana = api.customer(), api.agent()
    customer.send("is anybody there?")
    rasa.wait_for_turn()
    assert api.http.post(f"{customer.path}/close", headers=ana).status_code == 200
    late.go()
    api.settled()
    assert customer.page()["owner"] == "queue"
    assert customer.outcomes() == ["queue"]
    assert customer.said_by("bot") == []
    check_standing(api.store)


def test_a_goodbye_to_an_agent_who_then_closes_does_not_open_the_chat_again(api: RunningApi, rasa: FakeRasa) -> None:
    customer, ana = api.customer(), api.agent()
    customer.post("request-person")
    take(api, customer, ana)
    late = rasa.behave = Withheld()
    customer.send("thanks, bye")
    rasa.wait_for_turn()
    assert api.http.post(f"{customer.path}/close", headers=ana).status_code == 200
    late.go()
    api.settled()
    assert (customer.page()["owner"], customer.outcomes()) == ("closed", ["agent"])


def test_an_expired_conversation_does_not_enter_the_queue(tmp_path: Path, rasa: FakeRasa) -> None:
    clock = MovableClock()
    with RunningApi(tmp_path, rasa, clock=clock) as api:
        customer = api.customer()
        clock.move(days=91)
        answer = customer.post("request-person")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conversation_expired")
        assert customer.page()["owner"] == "bot"


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
