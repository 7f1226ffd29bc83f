"""Health, metrics, logs, and the errors' one shape."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.errors import STATUS_CODES
from api.logs import JsonLines
from tests.fakes import FakeRasa
from tests.running import RunningApi


def test_alive_and_ready(api: RunningApi) -> None:
    assert api.http.get("/healthz").status_code == 200
    ready = api.http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "parts": dict.fromkeys(("database", "index", "rasa", "actions"), "ok")}


def test_actions_that_are_away_turn_readiness_red(api: RunningApi, rasa: FakeRasa) -> None:
    rasa.stop()
    ready = api.http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["parts"] == {"database": "ok", "index": "ok", "rasa": "failing", "actions": "failing"}


def test_metrics_count_outcomes_and_hold_no_words(api: RunningApi) -> None:
    api.customer().ask("a canary in a coal mine")
    text = api.http.get("/metrics").text
    assert 'deskmate_turns_total{outcome="answer"} 1.0' in text
    assert 'deskmate_part_ready{part="rasa"} 1.0' in text
    assert "canary" not in text


def test_metrics_are_not_for_a_proxied_stranger(api: RunningApi) -> None:
    headers = {"X-Forwarded-For": "203.0.113.7"}
    assert api.http.get("/metrics", headers=headers).status_code == 403
    assert api.http.get("/metrics", headers={**headers, **api.agent("agent")}).status_code == 403
    assert api.http.get("/metrics", headers={**headers, **api.agent("admin")}).status_code == 200


def test_a_log_line_cannot_be_forged_and_holds_its_extras() -> None:
    """D05."""
    record = logging.makeLogRecord(
        {"name": "x", "levelno": 20, "levelname": "INFO", "msg": 'a\n{"level": "error"}\x1b[31m'}
    )
    record.took_ms = 7
    [line] = JsonLines().format(record).splitlines()
    read = json.loads(line)
    assert read["message"] == 'a\n{"level": "error"}\x1b[31m'
    assert (read["level"], read["took_ms"]) == ("info", 7)
    assert "\x1b" not in line


def test_no_text_of_a_customer_is_logged(api: RunningApi, rasa: FakeRasa, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        customer = api.customer(customer={"name": "Canary Name"})
        customer.ask("canary in a coal mine")
        rasa.behave = lambda call: call.send(200, b'{"canary": 1}')
        customer.ask("canary again")
        api.finder.broken = True
        customer.ask("canary once more")
    lines = "\n".join(JsonLines().format(record) for record in caplog.records)
    assert "turn ended" in lines
    assert "canary" not in lines.lower()
    assert customer.token not in lines


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("PUT", "/v1/conversations", 405), ("GET", "/v1/conversations/x/messages", 401)],
)
def test_every_error_has_the_one_shape(api: RunningApi, method: str, path: str, status: int) -> None:
    answer = api.http.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == STATUS_CODES[status]
    assert answer.json()["error"]["message"]


def test_an_id_of_somebody_else_is_like_one_that_does_not_exist(api: RunningApi) -> None:
    mine, other = api.customer(), api.customer()
    for path in (other.path, "/v1/conversations/nope"):
        for call in ("request-person", "leave-queue"):
            assert api.http.post(f"{path}/{call}", headers=mine.headers).status_code == 404
        assert api.http.get(f"{path}/messages", headers=mine.headers).status_code == 404
        body = {"client_msg_id": "m", "text": "x"}
        assert api.http.post(f"{path}/messages", json=body, headers=mine.headers).status_code == 404


def test_cross_origin_calls_are_for_allowed_pages_and_never_carry_cookies(api: RunningApi) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    good = api.http.options("/v1/conversations", headers={"Origin": "http://shop.test", **asked})
    assert good.headers["access-control-allow-origin"] == "http://shop.test"
    assert "access-control-allow-credentials" not in good.headers
    evil = api.http.options("/v1/conversations", headers={"Origin": "http://evil.example", **asked})
    assert "access-control-allow-origin" not in evil.headers


def test_administrators_see_parts_processes_and_versions(api: RunningApi) -> None:
    assert api.http.get("/v1/health", headers=api.agent("agent")).status_code == 403
    seen = api.http.get("/v1/health", headers=api.agent("admin")).json()
    assert (seen["ready"], seen["knowledge"], seen["index_problem"], seen["inbox"]) == (True, "kb-1", None, 0)
    assert [(process["state"], process["model_version"]) for process in seen["processes"]] == [("ready", "model-1")]


def test_many_who_ask_for_readiness_at_once_get_one_answer(tmp_path: Path, rasa: FakeRasa) -> None:
    with RunningApi(tmp_path, rasa, readiness_kept_s=60) as api, ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: api.http.get("/readyz"), range(16))} == {200}
        assert len(api.finder.asked) == 1
