"""Every customer's call of the fixed interfaces: its shape, its status, its errors."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from api.security.identity import sign_identity
from api.store.tables import Button, Conversation
from tests.contract.shapes import Maybe, check_error, check_shape
from tests.desk.office import ORIGIN, Office

OPENED = {"conversation_id": str, "token": str, "epoch": str}
ACCEPTED = {"message_id": str, "seq": int, "epoch": str}
MESSAGE = {
    "seq": int,
    "message_id": str,
    "sender": {"customer", "bot", "agent", "system"},
    "text": str,
    "created_at": str,
    "suggestion_id": Maybe(str),
    "buttons": Maybe([{"button_id": str, "title": str}]),
}
MESSAGES = {
    "epoch": str,
    "owner": {"bot", "queue", "agent", "closed"},
    "position": Maybe(int),
    "wait_s": Maybe(int),
    "reset": Maybe(bool),
    "messages": [MESSAGE],
}


class Chat:
    """A conversation opened over HTTP."""

    def __init__(self, office: Office, **body: Any) -> None:
        self.client = office.client
        answer = office.client.post("/v1/conversations", json=body)
        assert answer.status_code == 201, answer.text
        check_shape(answer.json(), OPENED)
        self.opened: dict[str, str] = answer.json()
        self.path = f"/v1/conversations/{self.opened['conversation_id']}"
        self.headers = {"Authorization": f"Bearer {self.opened['token']}"}

    def post(self, call: str, body: Any = None) -> Any:
        return self.client.post(f"{self.path}/{call}", json=body, headers=self.headers)

    def read(self, **query: Any) -> Any:
        return self.client.get(f"{self.path}/messages", params=query, headers=self.headers)


def test_a_conversation_is_opened_with_or_without_saying_who_one_is(office: Office) -> None:
    Chat(office)
    Chat(office, customer={"name": "Ada", "email": "ada@example.org"}, page_url="https://shop.example/x")
    chat = Chat(office, identity=sign_identity("ada-7", office.secrets.identity, now=office.clock.now()))
    row = office.read(lambda s: s.get_one(Conversation, chat.opened["conversation_id"]))
    assert (row.verified, row.customer_sub) == (True, "ada-7")
    check_error(office.client.post("/v1/conversations", json={"identity": "a.b.c"}), 401)
    check_error(office.client.post("/v1/conversations", json={"customer": "Ada"}), 422)
    check_error(office.client.post("/v1/conversations", json={"kb": "nowhere"}), 422)


def test_a_message_is_accepted_once_whatever_is_resent(office: Office) -> None:
    chat = Chat(office)
    first = chat.post("messages", {"client_msg_id": "1", "text": "where is my parcel"})
    assert first.status_code == 202
    check_shape(first.json(), ACCEPTED)
    assert chat.post("messages", {"client_msg_id": "1", "text": "where is my parcel"}).json() == first.json()
    check_error(chat.post("messages", {"client_msg_id": "1", "text": "something else"}), 409)


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"client_msg_id": "1"}, 422), ({"text": "hello"}, 422), ({"client_msg_id": "1", "text": ""}, 422),
     ({"client_msg_id": "1", "text": {"$gt": ""}}, 422), ({"client_msg_id": 1, "text": "x"}, 422),
     ({"client_msg_id": "1", "text": "a", "button_id": "b"}, 422), ({"client_msg_id": "1", "button_id": "b"}, 404),
     ({"client_msg_id": "1", "text": "x" * 8001}, 413)],
)  # fmt: skip
def test_messages_that_say_nothing_we_can_take_are_refused(office: Office, body: Any, status: int) -> None:
    check_error(Chat(office).post("messages", body), status)


def test_a_button_is_said_by_its_title_and_belongs_to_its_conversation(office: Office) -> None:
    chat, other = Chat(office), Chat(office)
    message = chat.post("messages", {"client_msg_id": "1", "text": "hello"}).json()["message_id"]

    def add(session: Any) -> str:
        button = Button(conversation_id=chat.opened["conversation_id"], message_id=message, position=0,
                        title="Yes, please", payload="/affirm")  # fmt: skip
        session.add(button)
        session.flush()
        return button.id

    button_id = office.write(add)
    check_error(other.post("messages", {"client_msg_id": "2", "button_id": button_id}), 404)
    assert chat.post("messages", {"client_msg_id": "2", "button_id": button_id}).status_code == 202
    said = [line["text"] for line in chat.read().json()["messages"] if line["sender"] == "customer"]
    assert said == ["hello", "Yes, please"]
    assert "/affirm" not in chat.read().text


def test_messages_are_read_after_a_seq_and_start_over_with_another_epoch(office: Office) -> None:
    chat = Chat(office)
    sent = chat.post("messages", {"client_msg_id": "1", "text": "hello"}).json()
    page = chat.read()
    assert page.status_code == 200
    check_shape(page.json(), MESSAGES)
    assert page.json()["messages"][0] | {"seq": 1, "text": "hello"} == page.json()["messages"][0]
    assert all(
        line["seq"] > sent["seq"] for line in chat.read(after=sent["seq"], epoch=sent["epoch"]).json()["messages"]
    )
    other = chat.read(after=sent["seq"], epoch="another").json()
    assert (other["reset"], other["messages"][0]["seq"]) == (True, 1)
    future = chat.read(after=10_000, epoch=sent["epoch"]).json()
    assert (future["reset"], future["messages"][0]["seq"]) == (True, 1)
    for wrong in (-1, "x", 2**63, 1.5):
        check_error(chat.read(after=wrong), 422)
    check_error(chat.read(wait=31), 422)


def test_a_long_poll_wakes_for_a_change_of_owner(office: Office) -> None:
    chat = Chat(office)
    asked = chat.post("request-person")
    assert asked.status_code == 200
    check_shape(asked.json(), {"owner": {"queue"}, "position": int, "wait_s": Maybe(int), "hours": str})
    assert chat.post("request-person").json() | {"position": 1} == asked.json() | {"position": 1}
    page = chat.read(wait=30).json()  # there is news already, so this does not wait
    check_shape(page, MESSAGES)
    assert (page["owner"], page["position"]) == ("queue", 1)
    left = chat.post("leave-queue")
    assert left.status_code == 200
    assert chat.read().json()["owner"] == "bot"


def test_contact_needs_a_way_and_consent_and_a_rating_has_one_to_five_stars(office: Office) -> None:
    chat = Chat(office)
    assert chat.post("contact", {"email": "ada@example.org", "consent": True}).status_code == 200
    for body in ({"email": "ada@example.org"}, {"consent": True}, {"email": "a@b.example", "consent": False}):
        check_error(chat.post("contact", body), 422)
    for stars in (1, 5):
        assert chat.post("rating", {"stars": stars, "words": "thanks"}).status_code == 200
    for wrong in (0, 6, "five", None, 4.5):
        check_error(chat.post("rating", {"stars": wrong}), 422)


def test_an_expired_conversation_takes_no_message(office: Office) -> None:
    chat = Chat(office)
    office.clock.advance(91 * 24 * 3600)
    check_error(chat.post("messages", {"client_msg_id": "1", "text": "hello"}), 409, "conversation_expired")
    assert not [line for line in chat.read().json().get("messages", []) if line["sender"] == "customer"]


def test_the_chat_socket_speaks_its_frames(office: Office) -> None:
    chat = Chat(office)
    token, epoch = chat.opened["token"], chat.opened["epoch"]
    with office.socket("/v1/chat", {"Origin": ORIGIN}) as socket:
        socket.send_json({"type": "hello", "token": token, "after": 0, "epoch": epoch})
        assert frame_of(socket, "owner")["owner"] == "bot"
        socket.send_json({"type": "message", "client_msg_id": "1", "text": "hello"})
        check_shape(frame_of(socket, "ack"), {"client_msg_id": {"1"}, **ACCEPTED})
        socket.send_json({"type": "message", "client_msg_id": "1", "text": "other"})
        error = frame_of(socket, "error")
        check_shape(error, {"client_msg_id": {"1"}, "error": {"code": str, "message": str}})
        socket.send_json({"type": "typing"})
        socket.send_json({"type": "feedback", "suggestion_id": "nothing", "helpful": True})
        assert frame_of(socket, "error")["error"]["code"] == "not_found"
        assert office.client.post(f"{chat.path}/request-person", headers=chat.headers).status_code == 200
        owner = frame_of(socket, "owner")
        assert (owner["owner"], owner["position"]) == ("queue", 1)
    with office.socket("/v1/chat", {"Origin": ORIGIN}) as socket:
        socket.send_json({"type": "hello", "token": token, "after": 1, "epoch": "another"})
        assert frame_of(socket, "reset")["epoch"] == epoch
        message = frame_of(socket, "message")
        check_shape(message, MESSAGE)
        assert (message["seq"], message["text"]) == (1, "hello")


def test_the_chat_socket_needs_the_conversations_token(office: Office) -> None:
    for hello in ({"token": "made-up"}, {}):
        with office.socket("/v1/chat", {"Origin": ORIGIN}) as socket:
            socket.send_json({"type": "hello", "token": "x"} | hello)
            with pytest.raises(WebSocketDisconnect) as closed:
                frame_of(socket, "owner")
            assert closed.value.code == 4401


def frame_of(socket: Any, kind: str) -> dict[str, Any]:
    """Read on to the next frame of a type."""
    while True:
        frame: dict[str, Any] = socket.receive_json()
        if frame["type"] == kind:
            return frame
