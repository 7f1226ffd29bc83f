"""Another desk is told everything, signed, in order, and again until it has taken it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from api.hand_off.packet import check_packet
from api.webhooks.sender import Sender
from api.webhooks.signing import is_signed, sign
from tests.desk.office import Office


@dataclass
class OtherDesk:
    """Takes events, or refuses them on request."""

    url: str = ""
    refuse: bool = False
    taken: list[tuple[dict[str, Any], bytes, str]] = field(default_factory=list)
    asked: int = 0

    @property
    def ids(self) -> list[int]:
        return [frame["event_id"] for frame, _, _ in self.taken]


@contextmanager
def listening() -> Iterator[OtherDesk]:
    desk = OtherDesk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            desk.asked += 1
            if not desk.refuse:
                desk.taken.append((json.loads(body), body, self.headers["Deskmate-Signature"]))
            self.send_response(503 if desk.refuse else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    desk.url = f"http://127.0.0.1:{server.server_address[1]}/events"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def other() -> Iterator[OtherDesk]:
    with listening() as desk:
        yield desk


def send(office: Office) -> None:
    """Number the events and send what is due, as the service does beside its routes."""
    state, portal = office.client.app.state, office.client.portal  # type: ignore[attr-defined]
    assert portal is not None
    portal.call(Sender(office.store, state.wakeups, office.clock).send_due)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds: the service sends beside the test."""
    for _ in range(200):
        if holds():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it never came")


def until(office: Office, other: OtherDesk, count: int) -> None:
    """Send until the other desk has taken this many events."""
    for _ in range(200):
        if len(other.taken) >= count:
            return
        send(office)
        threading.Event().wait(0.02)
    raise AssertionError(f"{len(other.taken)} of {count} events were taken")


def hook(office: Office, other: OtherDesk, **body: Any) -> dict[str, Any]:
    admin = office.person("admin")
    answer = office.client.post("/v1/webhooks", headers=admin.headers, json={"url": other.url, **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made | {"headers": admin.headers, "path": f"/v1/webhooks/{made['webhook_id']}"}


def test_a_signature_holds_for_its_body_its_secret_and_five_minutes() -> None:
    header = sign("s3cret", b"{}", at_s=1000)
    assert is_signed("s3cret", b"{}", header, now_s=1299)
    for secret, body, now in (("other", b"{}", 1000), ("s3cret", b"[]", 1000), ("s3cret", b"{}", 1301)):
        assert not is_signed(secret, body, header, now_s=now)
    for wrong in ("", "t=1000", "v1=aa", "t=x,v1=aa", f"t={'9' * 30},v1=aa", header.replace("t=1000", "t=1001")):
        assert not is_signed("s3cret", b"{}", wrong, now_s=1000)


def test_events_come_signed_and_in_order_with_the_packet_of_who_waits(office: Office, other: OtherDesk) -> None:
    made = hook(office, other)
    guest = office.guest(name="Ada")
    office.says(guest, "a person please")
    office.waits(guest)
    until(office, other, 4)
    assert other.ids == sorted(set(other.ids))
    kinds = [frame["kind"] for frame, _, _ in other.taken]
    assert sorted(kinds) == ["message", "message", "owner", "queue"]
    [queued] = [frame for frame, _, _ in other.taken if frame["kind"] == "queue"]
    check_packet(queued["hand_off"])
    assert queued["hand_off"]["customer"]["name"] == "Ada"
    for _, body, signature in other.taken:
        assert is_signed(made["secret"], body, signature, now_s=int(office.clock.now().timestamp()))
    [listed] = office.client.get("/v1/webhooks", headers=made["headers"]).json()["webhooks"]
    assert (listed["secret"], listed["failures"]) == (None, 0)


def test_an_address_that_fails_misses_nothing_and_is_asked_ever_more_seldom(office: Office, other: OtherDesk) -> None:
    made = hook(office, other, kinds=["message"])
    guest = office.guest()
    other.refuse = True
    for text in "abc":
        office.says(guest, text)

    def refused() -> tuple[int, str]:
        send(office)
        [state] = office.client.get("/v1/webhooks", headers=made["headers"]).json()["webhooks"]
        return state["failures"], state["last_error"]

    for failures in range(1, 6):
        eventually(lambda: refused() == (failures, "status 503"))  # noqa: B023
        asked = other.asked
        office.clock.advance(2**failures - 0.5)
        send(office)
        assert other.asked == asked
        office.clock.advance(0.6)
        eventually(lambda: refused()[0] == failures + 1)  # noqa: B023
        assert other.asked == asked + 1
    other.refuse = False
    office.clock.advance(3600)
    until(office, other, 3)
    assert [frame["payload"]["text"] for frame, _, _ in other.taken] == ["a", "b", "c"]


def test_events_can_be_sent_again_from_any_point_and_stop_when_ended(office: Office, other: OtherDesk) -> None:
    made = hook(office, other, kinds=["message"])
    guest = office.guest()
    for text in "abc":
        office.says(guest, text)
    until(office, other, 3)
    first = other.ids[0]
    office.client.post(f"{made['path']}/replay", headers=made["headers"], json={"after": first})
    until(office, other, 5)
    assert [frame["payload"]["text"] for frame, _, _ in other.taken] == ["a", "b", "c", "b", "c"]
    assert office.client.delete(made["path"], headers=made["headers"]).status_code == 200
    assert office.client.delete(made["path"], headers=made["headers"]).status_code == 404
    office.says(guest, "d")
    send(office)
    assert len(other.taken) == 5


def test_only_administrators_say_who_is_told(office: Office, other: OtherDesk) -> None:
    agent = office.person()
    assert office.client.get("/v1/webhooks", headers=agent.headers).status_code == 403
    assert office.client.post("/v1/webhooks", headers=agent.headers, json={"url": other.url}).status_code == 403
    admin = office.person("admin")
    for url in ("ftp://example.org/", "javascript:alert(1)", "events", ""):
        assert office.client.post("/v1/webhooks", headers=admin.headers, json={"url": url}).status_code == 422
