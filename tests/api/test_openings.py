"""How much one address, or one customer, may add to the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from httpx import Response
from sqlalchemy import func, select

from api.settings import Settings
from api.store.tables import Conversation
from tests.fakes import FakeRasa
from tests.running import RunningApi


def open_from(api: RunningApi, address: str | None) -> Response:
    headers = {"X-Forwarded-For": address} if address else {}
    return api.http.post("/v1/conversations", json={}, headers=headers)


def test_a_flood_from_one_address_is_stopped_and_others_are_served(tmp_path: Path, rasa: FakeRasa) -> None:
    with RunningApi(tmp_path, rasa, rate_limits=True, burst_conversations=5, trusted_proxies="127.0.0.1") as api:
        flood = [open_from(api, "203.0.113.7") for _ in range(30)]
        opened = [answer for answer in flood if answer.status_code == 201]
        refused = [answer for answer in flood if answer.status_code == 429]
        assert len(opened) + len(refused) == 30
        assert 5 <= len(opened) <= 10  # one more for each second that this took
        assert {answer.json()["error"]["code"] for answer in refused} == {"too_many_requests"}
        assert {answer.headers["retry-after"] for answer in refused} == {"1"}
        rows = api.store.read_sync(lambda s: s.scalar(select(func.count()).select_from(Conversation)))
        assert rows == len(opened)
        assert open_from(api, "203.0.113.8").status_code == 201
        conversation = opened[0].json()
        sent = api.http.post(
            f"/v1/conversations/{conversation['conversation_id']}/messages",
            json={"client_msg_id": "m", "text": "hello"},
            headers={"Authorization": f"Bearer {conversation['token']}"},
        )
        assert sent.status_code == 202  # an open chat is not slowed down


def test_a_header_of_a_stranger_does_not_open_more(tmp_path: Path, rasa: FakeRasa) -> None:
    with RunningApi(tmp_path, rasa, rate_limits=True, burst_conversations=3) as api:
        statuses = [open_from(api, f"203.0.113.{number}").status_code for number in range(20)]
        assert statuses.count(201) <= 8
        assert 429 in statuses


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("request-person", None),
        ("leave-queue", None),
        ("contact", {"email": "a@example.org", "consent": True}),
        ("rating", {"stars": 5}),
        ("pages", {"url": "https://shop.example/boots"}),
    ],
)
def test_a_customer_who_presses_without_end_is_slowed_down(
    tmp_path: Path, rasa: FakeRasa, call: str, body: object
) -> None:
    with RunningApi(tmp_path, rasa, rate_limits=True, burst_messages=4) as api:
        customer = api.customer()
        answers = [customer.post(call, body) for _ in range(20)]
        assert [answer.status_code for answer in answers[:4]] == [200] * 4
        assert 429 in {answer.status_code for answer in answers}
        assert customer.send("writing is counted for itself")["seq"]
        assert api.customer().post(call, body).status_code == 200  # others are not slowed down


def test_votes_on_articles_are_counted_by_address(tmp_path: Path, rasa: FakeRasa) -> None:
    with RunningApi(tmp_path, rasa, rate_limits=True, burst_conversations=4, trusted_proxies="127.0.0.1") as api:
        vote = {"helpful": "yes"}

        def press(address: str) -> int:
            headers = {"X-Forwarded-For": address, "Origin": "http://shop.test"}
            return api.http.post("/help/parcel/helpful", data=vote, headers=headers).status_code

        assert [press("203.0.113.7") for _ in range(4)] == [303] * 4
        assert 429 in {press("203.0.113.7") for _ in range(10)}
        assert press("203.0.113.8") == 303


def test_the_usual_limit_is_far_above_what_an_office_needs() -> None:
    assert Settings().burst_conversations == 600
