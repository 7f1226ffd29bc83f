"""The code in the client's README runs, against the real API."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest

from api.processes.places import ROOT
from api.webhooks.signing import sign
from tests.fakes import wait_until
from tests.running import RunningApi

README = (ROOT / "clients" / "README.md").read_text("utf-8")
ASKS, WORKS, HEARS, CHECKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def run(code: str, api: RunningApi, **names: Any) -> dict[str, Any]:
    """Run a block of the README with this API's address in the place of its own."""
    names |= {"__name__": "readme"}
    exec(compile(code.replace("http://localhost:8000", api.url), "README.md", "exec"), names)
    return names


def test_a_customer_asks_and_an_agent_works(api: RunningApi, token: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = run(ASKS, api)
    assert "bot You said: where is my parcel?" in capsys.readouterr().out
    assert asked["place"]["owner"] == "queue"
    worked = run(WORKS, api, token=token)
    assert "quicker" not in capsys.readouterr().out
    assert worked["entry"].conversation_id == asked["chat"].conversation_id
    lines = api.http.get(
        f"/v1/conversations/{asked['chat'].conversation_id}/messages", headers={"Authorization": f"Bearer {token}"}
    ).json()
    assert lines["owner"] == "closed"
    assert worked["packet"]["suggested_reply"] in [line["text"] for line in lines["messages"]]


def test_what_happens_is_heard(api: RunningApi, token: str) -> None:
    hearing = threading.Thread(target=run, args=(HEARS, api), kwargs={"token": token}, daemon=True)
    hearing.start()
    customer = api.customer()

    def rated() -> bool:
        customer.post("rating", {"stars": 4})  # again and again: it may not be listening yet
        hearing.join(0.1)
        return not hearing.is_alive()

    wait_until(rated)


def test_a_request_is_checked(api: RunningApi) -> None:
    on_request = run(CHECKS, api)["on_request"]
    header = sign(["s3cret"], b"{}", at_s=int(time.time()))
    assert on_request(b"{}", {"Deskmate-Signature": header}, "s3cret") == 204
    assert on_request(b"[]", {"Deskmate-Signature": header}, "s3cret") == 401
