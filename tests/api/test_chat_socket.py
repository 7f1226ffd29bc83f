"""The chat socket: who may open it, what it says, and what it does with those who do not read."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from api.routes.chat_socket import ChatLine
from api.store.tables import Audit, Conversation, SuggestionFeedback
from tests.fakes import FakeRasa, MovableClock, wait_until
from tests.running import BOT, Chat, RunningApi


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", None, "http://shop.test.evil", "https://shop.test", "http://shop.test:81"]
)
def test_another_origin_is_refused_before_the_handshake(api: RunningApi, origin: str | None) -> None:
    """E04."""
    with pytest.raises(InvalidStatus) as refused, api.socket(origin=origin):
        pass
    assert refused.value.response.status_code == 403


def close_code(chat: Chat) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        chat.hear("nothing more")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.mark.parametrize("token", ["", "nonsense", "dm_chat_" + "x" * 43])
def test_a_token_that_opens_nothing_closes_the_socket(api: RunningApi, token: str) -> None:
    """E05."""
    with api.socket() as socket:
        chat = Chat(socket)
        chat.say("hello", token=token)
        assert close_code(chat) == 4401


def test_another_kind_of_token_closes_the_socket(api: RunningApi) -> None:
    """E05: made for another door."""
    for credential in (api.agent()["Authorization"], BOT["Authorization"]):
        with api.socket() as socket:
            chat = Chat(socket)
            chat.say("hello", token=credential.removeprefix("Bearer "))
            assert close_code(chat) == 4401


def test_a_token_that_has_expired_opens_nothing_any_more(tmp_path: Path, rasa: FakeRasa) -> None:
    """E05."""
    clock = MovableClock()
    with RunningApi(tmp_path, rasa, clock=clock) as api:
        customer = api.customer()
        with customer.chat() as chat:
            chat.hear("owner")
            clock.move(days=366)
            assert close_code(chat) == 4401  # also one that is open
        with customer.chat() as chat:
            assert close_code(chat) == 4401
        assert api.http.get(f"{customer.path}/messages", headers=customer.headers).status_code == 401


def test_a_token_in_the_address_opens_nothing(api: RunningApi) -> None:
    """E05."""
    customer = api.customer()
    address = f"ws://127.0.0.1:{api.port}/v1/chat?token={customer.token}"
    with connect(address, origin="http://shop.test", proxy=None) as socket:  # type: ignore[arg-type]
        chat = Chat(socket)
        chat.say("message", client_msg_id="m", text="hello", token=customer.token)
        assert close_code(chat) == 4401
    assert customer.lines() == []


def test_a_token_taken_back_closes_the_open_socket(api: RunningApi) -> None:
    """E05."""
    customer = api.customer()

    def take_back(session: object) -> None:
        row = session.get(Conversation, customer.conversation_id)  # type: ignore[attr-defined]
        row.token_revoked_at = datetime.now(UTC)

    with customer.chat() as chat:
        chat.hear("owner")
        api.store.write_sync(take_back)
        began = time.monotonic()
        assert close_code(chat) == 4401
        assert time.monotonic() - began < 5
    assert api.http.get(f"{customer.path}/messages", headers=customer.headers).status_code == 401


def test_hello_is_answered_with_the_missed_messages_and_then_the_owner(api: RunningApi) -> None:
    customer = api.customer()
    customer.ask("hello")
    with customer.chat() as chat:
        chat.hear("owner")
        assert [frame["type"] for frame in chat.frames] == ["message", "message", "owner"]
        assert chat.frames[-1] == {"type": "owner", "owner": "bot"}


def test_every_frame_has_the_fields_of_the_contract(api: RunningApi) -> None:
    customer = api.customer()
    with customer.chat() as chat:
        chat.say("message", client_msg_id="m1", text="hello")
        ack = chat.hear("ack")
        line = chat.hear("message", sender="bot")
    assert set(ack) == {"type", "client_msg_id", "message_id", "seq", "epoch"}
    assert set(line) == {"type", "seq", "message_id", "sender", "text", "created_at"}
    own = chat.lines()[0]
    assert (own["client_msg_id"], own["message_id"]) == ("m1", ack["message_id"])


def test_typing_is_told_to_the_other_side_only(api: RunningApi) -> None:
    customer = api.customer()
    heard = []
    with api.app.state.typing.listen(heard.append), customer.chat() as chat:
        chat.hear("owner")
        chat.say("typing")
        wait_until(lambda: heard)
        api.app.state.wakeups._loop.call_soon_threadsafe(api.app.state.typing.say, customer.conversation_id, "agent")
        assert chat.hear("typing") == {"type": "typing", "sender": "agent"}
    assert (heard[0].conversation_id, heard[0].sender) == (customer.conversation_id, "customer")


def test_an_agents_frame_on_a_customers_socket_is_refused_and_repeated_ones_close_it(api: RunningApi) -> None:
    """E06."""
    customer = api.customer()
    with customer.chat() as chat:
        chat.hear("owner")
        for _ in range(3):
            chat.say("take", conversation_id=customer.conversation_id)
        assert chat.hear("error")["error"]["code"] == "unknown_type"
        assert close_code(chat) == 4403
    noted = api.store.read_sync(lambda s: s.scalars(select(Audit).where(Audit.action == "refused_frame")).all())
    assert [(line.actor, line.successful) for line in noted] == [(f"customer:{customer.conversation_id}", False)]
    assert customer.page()["owner"] == "bot"


def test_who_is_shown_out_hears_why_even_when_the_door_is_quicker(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(ChatLine, "_pause", slow)  # what is to be sent waits until the end
    customer = api.customer()
    with customer.chat() as chat:
        chat.hear("owner")
        chat.say("message", client_msg_id="a", text="where is my parcel")
        for _ in range(3):
            chat.say("take", conversation_id=customer.conversation_id)
        assert chat.hear("ack")["client_msg_id"] == "a"
        assert [chat.hear("error")["error"]["code"] for _ in range(3)] == ["unknown_type"] * 3
        assert close_code(chat) == 4403


def test_feedback_on_a_suggestion_of_another_chat_is_refused(api: RunningApi) -> None:
    """E01, E06."""
    customer, other = api.customer(), api.customer()
    other.ask("where is my parcel")
    message = other.page()["messages"][0]["message_id"]
    found = api.http.post("/v1/suggestions", json={"message_id": message}, headers=api.agent()).json()
    with customer.chat() as chat:
        chat.hear("owner")
        chat.say("feedback", suggestion_id=found["suggestions"][0]["suggestion_id"], helpful=True)
        foreign = chat.hear("error")["error"]
        chat.say("feedback", suggestion_id="nothing", helpful=True)
        assert chat.hear("error")["error"] == foreign
    assert api.store.read_sync(lambda s: s.scalars(select(SuggestionFeedback)).all()) == []


def test_a_message_storm_is_slowed_down_before_any_ack(tmp_path: Path, rasa: FakeRasa) -> None:
    with RunningApi(tmp_path, rasa, rate_limits=True) as api:
        customer = api.customer()
        with customer.chat() as chat:
            for number in range(60):
                chat.say("message", client_msg_id=f"n{number}", text=f"{number}")
            for _ in range(60):
                hear_ack_or_error(chat)
        acked = [frame["client_msg_id"] for frame in chat.frames if frame["type"] == "ack"]
        refused = [frame for frame in chat.frames if frame["type"] == "error"]
        assert len(acked) + len(refused) == 60
        assert 30 <= len(acked) <= 45
        assert {frame["error"]["code"] for frame in refused} == {"too_many_requests"}
        api.settled()
        assert len(customer.said_by("customer")) == len(acked)
        answer = customer.post("messages", {"client_msg_id": "over", "text": "x"})
        assert answer.status_code in {202, 429}
        assert answer.status_code == 202 or answer.headers["retry-after"] == "1"
        assert api.customer().send("others are not slowed down")["seq"] == 1


def hear_ack_or_error(chat: Chat) -> None:
    while True:
        chat.frames.append(json.loads(chat.socket.recv(timeout=15)))
        if chat.frames[-1]["type"] in {"ack", "error"}:
            return


def test_who_does_not_read_is_closed_with_a_hint_and_costs_a_bounded_memory(tmp_path: Path, rasa: FakeRasa) -> None:
    rasa.behave = lambda call: call.reply("x" * 8_000)
    with RunningApi(tmp_path, rasa, heartbeat_s=0.5, send_buffer=16) as api:
        customer, other = api.customer(), api.customer()
        line = sockets.create_connection(("127.0.0.1", api.port))
        line.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        line.sendall(
            b"GET /v1/chat HTTP/1.1\r\nHost: x\r\nOrigin: http://shop.test\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n\r\n"
        )
        assert line.recv(12) == b"HTTP/1.1 101"
        hello = json.dumps({"type": "hello", "token": customer.token}).encode()
        assert len(hello) < 126
        line.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)  # masked with zeros: the text itself
        wait_until(lambda: api.app.state.metrics.sockets.labels("chat")._value.get() == 1)
        for number in range(60):
            customer.send("y" * 8_000, f"n{number}")
        wait_until(lambda: api.app.state.metrics.sockets.labels("chat")._value.get() == 0, timeout_s=30)
        assert other.send("others are served")["seq"] == 1
        line.close()
        api.settled()
        with customer.chat(after=0) as chat:
            chat.hear("message", seq=120)


def test_a_flood_of_typing_is_passed_on_once_a_second(api: RunningApi) -> None:
    customer = api.customer()
    heard = []
    with api.app.state.typing.listen(heard.append), customer.chat() as chat:
        for _ in range(200):
            chat.say("typing")
        chat.say("ping")
        chat.hear("pong")
    assert 1 <= len(heard) <= 10
