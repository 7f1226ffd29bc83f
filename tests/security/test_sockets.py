"""Sockets: opened by our own pages and by programs with a token, closed when a credential is taken back (E04-E06)."""

from __future__ import annotations

import time

import pytest
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from tests.desk.office import ORIGIN, PASSWORD, Office

HELLO = {"type": "hello"}


def read_on(socket: WebSocketTestSession) -> None:
    """Read to the end."""
    while True:
        socket.receive_json()


def close_code(office: Office, path: str, headers: dict[str, str], hello: dict[str, object]) -> int:
    """Return the code a socket is closed with after this hello."""
    with office.socket(path, headers) as socket:
        socket.send_json(hello)
        with pytest.raises(WebSocketDisconnect) as closed:
            read_on(socket)
    return closed.value.code


@pytest.mark.parametrize("path", ["/v1/desk", "/v1/chat"])
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", None, "http://localhost:8000.evil.example", "https://localhost:8000",
     "http://localhost:8001", "http://localhost", "http://evil.example#http://localhost:8000"],
)  # fmt: skip
def test_another_pages_handshake_is_refused_before_it_is_accepted(
    office: Office, path: str, origin: str | None
) -> None:
    """E04."""
    office.account()
    body = {"email": "ada@tarnwick.example", "password": PASSWORD}
    office.client.post("/v1/sessions", json=body)
    headers = {"Origin": origin} if origin else {}
    with pytest.raises(WebSocketDisconnect), office.socket(path, headers) as socket:
        socket.receive_json()


def test_our_own_page_gets_in_by_its_cookie(office: Office) -> None:
    office.account()
    office.client.post("/v1/sessions", json={"email": "ada@tarnwick.example", "password": PASSWORD})
    with office.socket("/v1/desk", {"Origin": ORIGIN}) as socket:
        socket.send_json(HELLO)
        assert socket.receive_json()["type"] in ("event", "ready")


def test_a_program_gets_in_by_its_token_with_or_without_an_origin(office: Office) -> None:
    agent = office.person()
    for headers in (agent.headers, agent.headers | {"Origin": ORIGIN}):
        with office.socket("/v1/desk", headers) as socket:
            socket.send_json(HELLO)
            assert socket.receive_json()["type"] in ("event", "ready")
    with office.socket("/v1/desk", {"Origin": ORIGIN}) as socket:
        token = agent.headers["Authorization"].removeprefix("Bearer ")
        socket.send_json({**HELLO, "token": token})
        assert socket.receive_json()["type"] in ("event", "ready")


def test_a_desk_without_a_log_in_is_closed(office: Office) -> None:
    """E05."""
    guest = office.guest()
    customer = guest.headers["Authorization"].removeprefix("Bearer ")
    page = {"Origin": ORIGIN}
    assert close_code(office, "/v1/desk", page, dict(HELLO)) == 4401
    assert close_code(office, "/v1/desk", page, {**HELLO, "token": "dm_agent_made-up"}) == 4401
    assert close_code(office, "/v1/desk", page, {**HELLO, "token": customer}) == 4401
    assert close_code(office, "/v1/desk", {"Authorization": f"Bearer {office.secrets.internal}"}, dict(HELLO)) == 4401
    assert close_code(office, "/v1/desk?token=dm_agent_x", page, dict(HELLO)) == 4401
    assert close_code(office, "/v1/desk", page, {"type": "typing", "conversation_id": guest.conversation_id}) == 4401


def test_a_desk_does_not_open_by_a_token_in_its_address(office: Office) -> None:
    """E05."""
    token = office.person().headers["Authorization"].removeprefix("Bearer ")
    assert close_code(office, f"/v1/desk?token={token}", {"Origin": ORIGIN}, dict(HELLO)) == 4401


def test_an_open_desk_is_closed_within_five_seconds_of_losing_its_rights(office: Office) -> None:
    """E05."""
    agent, admin = office.person(), office.person("admin")
    with office.socket("/v1/desk", agent.headers) as socket:
        socket.send_json(HELLO)
        while socket.receive_json()["type"] != "ready":
            pass
        office.client.patch(f"/v1/agents/{agent.agent_id}", json={"disabled": True}, headers=admin.headers)
        began = time.monotonic()
        with pytest.raises(WebSocketDisconnect) as closed:
            read_on(socket)
        assert closed.value.code == 4401
        assert time.monotonic() - began < 5


def test_a_desk_that_logs_out_elsewhere_is_closed(office: Office) -> None:
    office.account()
    office.client.post("/v1/sessions", json={"email": "ada@tarnwick.example", "password": PASSWORD})
    with office.socket("/v1/desk", {"Origin": ORIGIN}) as socket:
        socket.send_json(HELLO)
        while socket.receive_json()["type"] != "ready":
            pass
        assert office.client.delete("/v1/sessions/current", headers={"Origin": ORIGIN}).status_code == 204
        with pytest.raises(WebSocketDisconnect) as closed:
            read_on(socket)
        assert closed.value.code == 4401
