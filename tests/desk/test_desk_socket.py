"""The desk hears everything that is its business, in order, once, and nothing else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from api.desk.events import PAGE
from api.store.tables import Agent, Audit, DeskEvent
from tests.desk.office import Office, Person


class Desk:
    """One open socket, read frame by frame."""

    def __init__(self, socket: WebSocketTestSession, **hello: Any) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []
        socket.send_json({"type": "hello", **hello})

    def read(self) -> dict[str, Any]:
        frame: dict[str, Any] = self.socket.receive_json()
        return frame

    def until(self, **wanted: Any) -> dict[str, Any]:
        """Read on to the first frame with these fields, keeping the events before it."""
        while True:
            frame = self.read()
            if frame["type"] == "event":
                self.seen.append(frame)
            if all(frame.get(name) == value for name, value in wanted.items()):
                return frame


def open_desk(office: Office, person: Person) -> AbstractContextManager[WebSocketTestSession]:
    return office.socket("/v1/desk", person.headers)


def test_a_desk_sees_a_chat_come_talk_and_go(office: Office) -> None:
    agent = office.person(name="Bea")
    with open_desk(office, agent) as socket:
        desk = Desk(socket)
        assert desk.until(type="ready")["epoch"] == "epoch-1"
        guest = office.guest(name="Ada")
        office.says(guest, "a person please")
        office.waits(guest)
        assert desk.until(kind="message")["payload"]["text"] == "a person please"
        entry = desk.until(kind="queue")["payload"]
        assert (entry["conversation_id"], entry["position"], entry["customer"]["name"]) == (
            guest.conversation_id, 1, "Ada",
        )  # fmt: skip
        office.client.post(f"{guest.path}/take", headers=agent.headers)
        assert desk.until(kind="owner", conversation_id=guest.conversation_id)["payload"]["owner"] in {"queue", "agent"}
        assert desk.until(kind="queue")["payload"] == {"gone": True}


def test_a_desk_that_was_away_hears_what_it_missed_once_and_in_order(office: Office) -> None:
    agent, guest = office.person(), office.guest()
    with open_desk(office, agent) as socket:
        ready = Desk(socket).until(type="ready")
    texts = [f"line {number}" for number in range(PAGE + 20)]
    for text in texts:
        office.says(guest, text)
    for _ in range(2):  # the same question twice has the same answer
        with open_desk(office, agent) as socket:
            desk = Desk(socket, after=ready["event_id"], epoch=ready["epoch"])
            ready_at = desk.until(type="ready")["event_id"]
            while len([event for event in desk.seen if event["kind"] == "message"]) < len(texts):
                desk.until(kind="message")  # those numbered after the socket was ready
            assert desk.seen[0]["event_id"] > ready["event_id"]
            assert ready_at >= ready["event_id"]
            said = [event["payload"]["text"] for event in desk.seen if event["kind"] == "message"]
            assert said == texts
            numbers = [event["event_id"] for event in desk.seen]
            assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(("after", "epoch"), [(1, "another-epoch"), (10**12, "epoch-1"), (1, None)])
def test_a_desk_of_another_history_starts_over(office: Office, after: int, epoch: str | None) -> None:
    with open_desk(office, office.person()) as socket:
        desk = Desk(socket, after=after, epoch=epoch)
        assert desk.read() == {"type": "reset", "epoch": "epoch-1"}
        assert desk.until(type="ready")["epoch"] == "epoch-1"


def test_other_departments_conversations_are_not_heard(office: Office) -> None:
    returns, everyone = office.person(departments=["returns"]), office.person()
    foreign, own = office.guest(department="sales"), office.guest(department="returns")
    with open_desk(office, returns) as socket, open_desk(office, everyone) as other:
        desk, open_to_all = Desk(socket), Desk(other)
        desk.until(type="ready")
        open_to_all.until(type="ready")
        office.says(foreign, "secret of sales")
        office.waits(foreign)
        office.says(own, "about my return")
        assert desk.until(kind="message")["payload"]["text"] == "about my return"
        assert all(event["conversation_id"] in (None, own.conversation_id) for event in desk.seen)
        assert open_to_all.until(kind="message")["payload"]["text"] == "secret of sales"
    queue = office.client.get("/v1/queue", headers=returns.headers).json()["conversations"]
    assert queue == []


def test_suggestions_come_with_each_message_of_a_customer_even_while_a_person_has_the_chat(office: Office) -> None:
    office.article("parcel")
    office.search.article_ids = ["parcel"]
    agent, guest = office.person(), office.guest()
    office.waits(guest)
    office.client.post(f"{guest.path}/take", headers=agent.headers)
    with open_desk(office, agent) as socket:
        desk = Desk(socket)
        desk.until(type="ready")
        body = {"client_msg_id": "1", "text": "where is it"}
        sent = office.client.post(f"{guest.path}/messages", json=body, headers=guest.headers).json()
        suggested = desk.until(kind="suggestions")["payload"]
        assert suggested["message_id"] == sent["message_id"]
        assert [one["article_id"] for one in suggested["suggestions"]] == ["parcel"]
        assert [event["payload"]["text"] for event in desk.seen if event["kind"] == "message"] == ["where is it"]
    asked = office.client.post("/v1/suggestions", json={"message_id": sent["message_id"]}, headers=agent.headers).json()
    assert asked["suggestion_set_id"] == suggested["suggestion_set_id"]


def test_event_numbers_have_no_gap_and_no_repeat(office: Office) -> None:
    with open_desk(office, office.person()) as socket:
        desk = Desk(socket)
        desk.until(type="ready")
        for name in "abc":
            office.says(office.guest(), name)
        while not desk.seen or desk.seen[-1]["payload"].get("text") != "c":
            desk.until(kind="message")
    numbers = office.read(lambda s: sorted(row.event_id for row in s.query(DeskEvent) if row.event_id))
    assert numbers == list(range(1, len(numbers) + 1))


def test_presence_comes_and_goes_with_the_socket(office: Office) -> None:
    watcher, agent = office.person(), office.person(name="Bea")
    with open_desk(office, watcher) as socket:
        desk = Desk(socket)
        desk.until(type="ready")
        with open_desk(office, agent) as other:
            Desk(other).until(type="ready")
            assert office.client.get("/v1/availability").json()["open"]
            arrived = desk.until(kind="presence")["payload"]
            if arrived["agent_id"] == watcher.agent_id:
                arrived = desk.until(kind="presence")["payload"]
            assert arrived == {"agent_id": agent.agent_id, "name": "Bea", "present": True}
        assert desk.until(kind="presence")["payload"]["present"] is False
    assert office.read(lambda s: s.get_one(Agent, agent.agent_id)).left_at == office.clock.now()


def test_a_desk_that_only_asks_for_the_queue_is_there_for_as_long_as_it_asks(office: Office) -> None:
    agent = office.person()
    assert not office.client.get("/v1/availability").json()["open"]
    office.client.get("/v1/queue", headers=agent.headers)
    assert office.client.get("/v1/availability").json()["open"]
    office.clock.advance(46)
    assert not office.client.get("/v1/availability").json()["open"]


def test_ping_is_answered_and_nonsense_is_an_error_that_ends_nothing(office: Office) -> None:
    with open_desk(office, office.person()) as socket:
        desk = Desk(socket)
        desk.until(type="ready")
        for nonsense in ("", "{", "[]", '{"type": "message"}', '{"type": "typing"}', '{"type": "hello", "after": -1}',
                         "[" * 5000):  # fmt: skip
            socket.send_text(nonsense)
            assert desk.until(type="error")["error"]["code"] == "bad_frame"
        socket.send_json({"type": "ping"})
        assert desk.until(type="pong") == {"type": "pong"}


def test_typing_in_a_foreign_conversation_is_refused_noted_and_then_ends_the_socket(office: Office) -> None:
    agent, foreign = office.person(departments=["returns"]), office.guest(department="sales")
    with open_desk(office, agent) as socket:
        desk = Desk(socket)
        desk.until(type="ready")
        frame = {"type": "typing", "conversation_id": foreign.conversation_id}
        socket.send_json(frame)
        assert desk.until(type="error")["error"]["code"] == "not_found"
        socket.send_json(frame)
        with pytest.raises(WebSocketDisconnect) as closed:
            desk.until(type="never")
        assert closed.value.code == 4403
    refused = office.read(
        lambda s: s.query(Audit).filter(Audit.action == "typing", Audit.successful.is_(False)).count()
    )
    assert refused == 2


def test_a_flood_of_typing_does_not_hold_up_messages(office: Office) -> None:
    agent, guest = office.person(), office.guest()
    with open_desk(office, agent) as socket:
        desk = Desk(socket)
        desk.until(type="ready")
        typing, portal = office.client.app.state.typing, office.client.portal  # type: ignore[attr-defined]
        assert portal is not None
        enough = threading.Event()

        def flood() -> None:
            while not enough.is_set():
                portal.call(typing.say, guest.conversation_id, "customer")

        with ThreadPoolExecutor(2) as pool:
            floods = [pool.submit(flood) for _ in range(2)]
            try:
                desk.until(type="typing")
                office.says(guest, "can you hear me")
                heard = desk.until(kind="message")
            finally:
                enough.set()
                wait(floods)
        assert heard["payload"]["text"] == "can you hear me"


def test_a_customers_typing_reaches_the_desks_that_may_see_it(office: Office) -> None:
    agent, foreign, own = office.person(departments=["returns"]), office.guest(department="x"), office.guest()
    with open_desk(office, agent) as socket:
        desk = Desk(socket)
        desk.until(type="ready")
        typing, portal = office.client.app.state.typing, office.client.portal  # type: ignore[attr-defined]
        assert portal is not None
        for guest in (foreign, own):
            portal.call(typing.say, guest.conversation_id, "customer")
        heard = desk.until(type="typing")
        assert heard == {"type": "typing", "conversation_id": own.conversation_id, "sender": "customer"}
