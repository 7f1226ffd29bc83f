"""How many conversations one address may open."""

from __future__ import annotations

from pathlib import Path

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


def test_the_usual_limit_is_far_above_what_an_office_needs() -> None:
    assert Settings().burst_conversations == 600
