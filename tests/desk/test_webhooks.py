"""Another desk is told everything, signed, in order, and again until it has taken it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from api.hand_off.packet import check_packet
from api.processes.places import ROOT
from api.store.events import KINDS
from api.webhooks.addresses import Destinations
from api.webhooks.sender import Sender
from api.webhooks.signing import is_signed, sign
from tests.desk.office import Office, open_office


@dataclass
class OtherDesk:
    """Takes events, or refuses them on request."""

    url: str = ""
    refuse: bool = False
    silent: threading.Event = field(default_factory=threading.Event)  # set: it answers nothing
    released: threading.Event = field(default_factory=threading.Event)
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
            if desk.silent.is_set():
                desk.released.wait(20)
            if not desk.refuse:
                desk.taken.append((json.loads(body), body, self.headers["Deskmate-Signature"]))
            self.send_response(503 if desk.refuse else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    desk.url = f"http://127.0.0.1:{server.server_address[1]}/events"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield desk
    finally:
        desk.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def other() -> Iterator[OtherDesk]:
    with listening() as desk:
        yield desk


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office whose webhooks may lead to this machine, where the tests' other desks are."""
    with open_office(tmp_path, database_url=database_url, webhook_networks="127.0.0.0/8") as opened:
        yield opened


def send(office: Office) -> None:
    """Number the events and send what is due, as the service does beside its routes."""
    state, portal = office.client.app.state, office.client.portal  # type: ignore[attr-defined]
    assert portal is not None
    portal.call(Sender(office.store, state.wakeups, office.clock, state.destinations).send_due)


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
    header = sign(["s3cret"], b"{}", at_s=1000)
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
    guest = office.guest()
    other.refuse = True
    for text in "abc":
        office.says(guest, text)
    made = hook(office, other, kinds=["message"], after=0)  # once the clock stands still

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


def test_a_slow_address_holds_up_no_other(office: Office, other: OtherDesk) -> None:
    with listening() as slow:
        slow.silent.set()
        hook(office, slow)
        hook(office, other)
        office.says(office.guest(), "a")
        eventually(lambda: slow.asked == 1)
        office.says(office.guest(), "b")  # while the slow one is being asked
        eventually(lambda: [frame["payload"].get("text") for frame, _, _ in other.taken] == ["a", "b"])
        assert slow.taken == []


def test_a_paused_webhook_hears_nothing_and_then_everything(office: Office, other: OtherDesk) -> None:
    made = hook(office, other, kinds=["message"])
    paused = office.client.patch(made["path"], headers=made["headers"], json={"paused": True}).json()
    assert paused["paused"] is True
    office.says(office.guest(), "a")
    send(office)
    assert other.asked == 0

    def listed() -> tuple[int, bool]:
        [one] = office.client.get("/v1/webhooks", headers=made["headers"]).json()["webhooks"]
        return one["behind"], one["paused"]

    eventually(lambda: listed() == (1, True))  # an event is numbered after its commit
    office.client.patch(made["path"], headers=made["headers"], json={"paused": False})
    until(office, other, 1)


def test_what_became_of_each_event_can_be_read(office: Office, other: OtherDesk) -> None:
    made = hook(office, other, kinds=["message"])
    other.refuse = True
    office.says(office.guest(), "a")

    def seen() -> list[tuple[int | None, str | None]]:
        rows = office.client.get(f"{made['path']}/deliveries", headers=made["headers"]).json()["deliveries"]
        return [(row["status"], row["problem"]) for row in rows]

    eventually(lambda: seen() == [(503, "status 503")])
    other.refuse = False
    office.clock.advance(60)
    until(office, other, 1)
    eventually(lambda: seen() == [(204, None), (503, "status 503")])


def test_a_new_secret_signs_at_once_and_the_earlier_one_for_a_day(office: Office, other: OtherDesk) -> None:
    made = hook(office, other, kinds=["message"])
    replaced = office.client.post(f"{made['path']}/secret", headers=made["headers"]).json()
    guest = office.guest()

    def signed_by() -> tuple[bool, bool]:
        office.says(guest, "a")
        until(office, other, len(other.taken) + 1)
        _, body, signature = other.taken[-1]
        now_s = int(office.clock.now().timestamp())
        first, second = (is_signed(s, body, signature, now_s=now_s) for s in (made["secret"], replaced["secret"]))
        return first, second

    assert signed_by() == (True, True)
    office.clock.advance(24 * 3600)
    assert signed_by() == (False, True)


def test_an_address_inside_the_network_is_called_only_where_a_setting_names_it() -> None:
    plain, named = Destinations([]), Destinations([ip_network("10.1.0.0/16")])
    for inside in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.9", "100.64.0.1", "0.0.0.0", "224.0.0.1",
                   "::1", "fe80::1", "fd00::1", "::ffff:10.1.2.3", "2002:7f00:1::", "64:ff9b::7f00:1"):  # fmt: skip
        assert not plain.may_call(ip_address(inside)), inside
    for outside in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"):
        assert plain.may_call(ip_address(outside)), outside
    assert named.may_call(ip_address("10.1.2.3"))
    assert named.may_call(ip_address("::ffff:10.1.2.3"))
    assert not named.may_call(ip_address("10.2.0.1"))


def test_an_address_that_may_not_be_called_is_refused_with_the_setting_that_would_allow_it(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        admin = office.person("admin")
        for url in (
            "http://127.0.0.1:5105/webhooks/deskmate",
            "http://localhost/",
            "https://[::1]/",
            "http://nowhere.invalid/",
        ):
            answer = office.client.post("/v1/webhooks", headers=admin.headers, json={"url": url})
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, "address_refused"), url
            assert "DESKMATE_WEBHOOK_NETWORKS" in answer.json()["error"]["message"]


def test_a_redirect_is_not_followed_and_a_name_is_looked_up_again_before_each_call(office: Office) -> None:
    with listening() as inner:
        made = hook(office, inner)
        office.client.app.state.destinations._networks = ()  # type: ignore[attr-defined] # as if its name now led inside
        office.says(office.guest(), "a")

        def failed() -> bool:
            [listed] = office.client.get("/v1/webhooks", headers=made["headers"]).json()["webhooks"]
            return "not on the public internet" in (listed["last_error"] or "")

        eventually(failed)
        assert inner.asked == 0


def test_feedback_is_an_event_and_being_shown_is_none(office: Office) -> None:
    guest, agent = office.guest(), office.person()
    [suggestion] = office.found(guest, office.says(guest, "where is my parcel"), "parcel")
    start = office.client.get("/v1/events", headers=agent.headers).json()
    path = f"/v1/suggestions/{suggestion}/feedback"
    office.client.patch(path, headers=agent.headers, json={"displayed": True})
    office.client.patch(path, headers=agent.headers, json={"correct": "partly"})
    query = {"after": start["after"], "epoch": start["epoch"], "wait": 10}
    [event] = office.client.get("/v1/events", headers=agent.headers, params=query).json()["events"]
    assert (event["kind"], event["conversation_id"]) == ("feedback", guest.conversation_id)
    assert event["payload"]["correct"] == "partly"
    assert event["payload"]["article_id"] == "parcel"


def test_events_can_be_polled_from_where_one_stopped(office: Office) -> None:
    agent, guest = office.person(departments=["returns"]), office.guest(department="returns")
    hidden = office.guest(department="orders")
    start = office.client.get("/v1/events", headers=agent.headers).json()
    assert start["events"] == []
    for text in "abc":
        office.says(guest, text)
        office.says(hidden, text)
    seen: list[str] = []
    while len(seen) < 3:
        query = {"after": start["after"], "epoch": start["epoch"], "wait": 10, "limit": 2}
        start = office.client.get("/v1/events", headers=agent.headers, params=query).json()
        seen += [event["payload"]["text"] for event in start["events"]]
    assert seen == ["a", "b", "c"]
    other_history = {"after": 1, "epoch": "another"}
    assert office.client.get("/v1/events", headers=agent.headers, params=other_history).json()["reset"] is True


def test_every_kind_of_event_is_told_what_it_says_and_no_other_can_be_asked_for(
    office: Office, other: OtherDesk
) -> None:
    sources = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "api").rglob("*.py")))
    recorded = set(re.findall(r'record_event\(\s*\w+(?:\.\w+)?,\s*"(\w+)"', sources))
    assert recorded == set(KINDS)
    assert json.loads((ROOT / "api/pages/strings/en.json").read_text("utf-8"))["events"] == KINDS
    admin = office.person("admin")
    answer = office.client.post("/v1/webhooks", headers=admin.headers, json={"url": other.url, "kinds": ["mesage"]})
    assert answer.status_code == 422
    assert "mesage" in answer.json()["error"]["message"]


def test_the_contract_gives_every_call_a_sentence_and_the_shape_of_its_errors(office: Office) -> None:
    contract = office.client.get("/openapi.json").json()
    assert "HTTPValidationError" not in contract["components"]["schemas"]
    for path, calls in contract["paths"].items():
        for method, call in calls.items():
            assert call.get("description"), f"{method} {path}"
            [content] = call["responses"]["4XX"]["content"].values()  # of pages, as HTML
            assert content["schema"]["$ref"].endswith("/ErrorBody"), f"{method} {path}"
