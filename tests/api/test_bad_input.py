"""Whatever a customer sends: words stay words, and nothing falls over (D01, D03-D06, D09, D14, D16, D17)."""

from __future__ import annotations

import json
import socket

import pytest
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed

from api.schemas.texts import clean, has_something_to_read
from api.store.tables import Message, Turn
from tests.fakes import FakeRasa
from tests.running import RunningApi, check_standing


@pytest.mark.parametrize("length", [1, 500, 2_000, 2_001, 8_000])
def test_up_to_eight_thousand_characters_are_stored_and_two_thousand_reach_the_models(
    any_api: RunningApi, rasa: FakeRasa, length: int
) -> None:
    """D01."""
    customer = any_api.customer()
    text = "é" * length
    customer.send(text)
    any_api.settled()
    assert customer.said_by("customer") == [text]
    assert rasa.turns[0]["text"] == text[:2_000]
    assert any_api.finder.asked[-1][0] == text[:2_000]
    customer.ask("and again")
    assert all(len(line["text"]) <= 2_000 for line in rasa.turns[-1]["history"])
    assert all(len(line.text) <= 2_000 for line in any_api.finder.asked[-1][1])


@pytest.mark.parametrize("length", [8_001, 64_000, 1_000_000])
def test_more_than_eight_thousand_characters_are_refused(api: RunningApi, length: int) -> None:
    """D01."""
    customer = api.customer()
    answer = customer.post("messages", {"client_msg_id": "long", "text": "x" * length})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] in {"too_long", "too_large"}
    assert customer.lines() == []


def test_eight_thousand_emoji_fit_through_the_socket(api: RunningApi) -> None:
    customer, text = api.customer(), "🦊" * 8_000
    with customer.chat() as chat:
        chat.say("message", client_msg_id="e", text=text)
        assert chat.hear("ack")["seq"] == 1
        assert chat.hear("message", sender="customer")["text"] == text


@pytest.mark.parametrize("length", [8_001, 64_000])
def test_a_message_too_long_for_the_socket_is_an_error_and_the_connection_stays(api: RunningApi, length: int) -> None:
    """D01."""
    customer = api.customer()
    with customer.chat() as chat:
        chat.say("message", client_msg_id="long", text="x" * length)
        error = chat.hear("error")
        assert (error["client_msg_id"], error["error"]["code"]) == ("long", "too_long")
        chat.say("message", client_msg_id="short", text="x")
        assert chat.hear("ack")["client_msg_id"] == "short"


def test_a_frame_of_a_megabyte_closes_the_socket(api: RunningApi) -> None:
    customer = api.customer()
    with customer.chat() as chat:
        chat.hear("owner")
        chat.say("message", client_msg_id="huge", text="x" * 1_000_000)
        with pytest.raises(ConnectionClosed) as closed:
            chat.hear("ack")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert customer.lines() == []


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"\xc0\xaf", b"\xe2\x82"])
def test_invalid_utf8_stores_nothing(api: RunningApi, bad: bytes) -> None:
    """D03."""
    customer = api.customer()
    body = b'{"client_msg_id": "m", "text": "' + bad + b'"}'
    headers = {**customer.headers, "Content-Type": "application/json"}
    answer = api.http.post(f"{customer.path}/messages", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) in {(400, "bad_request"), (400, "invalid_json")}
    with customer.chat() as chat:
        chat.hear("owner")
        chat.socket.send(b'{"type": "message", "client_msg_id": "m", "text": "' + bad + b'"}', text=True)
        with pytest.raises(ConnectionClosed) as closed:
            chat.hear("ack")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007
    assert customer.lines() == []


def test_lone_surrogates_become_the_replacement_character_everywhere(any_api: RunningApi, rasa: FakeRasa) -> None:
    """D04."""
    customer = any_api.customer(customer={"name": "A\ud800na"})
    raw = b'{"client_msg_id": "http", "text": "one \\ud800 two"}'
    headers = {**customer.headers, "Content-Type": "application/json"}
    assert any_api.http.post(f"{customer.path}/messages", content=raw, headers=headers).status_code == 202
    with customer.chat() as chat:
        chat.socket.send('{"type": "message", "client_msg_id": "ws", "text": "one \\udfff two"}')
        chat.hear("ack")
    any_api.settled()
    assert customer.said_by("customer") == ["one \ufffd two"] * 2
    assert rasa.turns[0]["text"] == "one \ufffd two"
    assert customer.row().customer_name == "A\ufffdna"
    check_standing(any_api.store)


def test_null_and_control_characters_are_left_out_before_the_database(any_api: RunningApi, rasa: FakeRasa) -> None:
    """D05."""
    customer = any_api.customer(customer={"name": "Eve\u0000\n\u001b[31m"})
    customer.send("a\u0000b\u001b[31m\r\nc\u0085\td", "id-\u0000-1")
    any_api.settled()
    assert customer.said_by("customer") == ["ab[31m\nc\td"]
    assert rasa.turns[0]["text"] == "ab[31m\nc\td"
    assert customer.row().customer_name == "Eve [31m"


@pytest.mark.parametrize("text", ["😀", "😀" * 500, "👨‍👩‍👧‍👦", "🇬🇧", "1️⃣", "?!", "...", "مرحبا", "\u202eabc"])
def test_emoji_punctuation_and_other_scripts_get_an_answer(api: RunningApi, text: str) -> None:
    """D06, D14."""
    customer = api.customer()
    assert [line["text"] for line in customer.ask(text)] == [f"You said: {text}"]
    [turn] = api.store.read_sync(lambda s: s.scalars(select(Turn)).all())
    assert turn.decision == "none"


@pytest.mark.parametrize("text", ["", " ", "\n" * 1_000, "\t", "\u200b\u200d", "\u0000", "\ufeff", "\u2800"])
def test_a_text_with_nothing_to_read_is_not_sent(any_api: RunningApi, rasa: FakeRasa, text: str) -> None:
    """D14."""
    customer = any_api.customer()
    answer = customer.post("messages", {"client_msg_id": "m", "text": text})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "empty")
    with customer.chat() as chat:
        chat.say("message", client_msg_id="m", text=text)
        assert chat.hear("error")["error"]["code"] == "empty"
    assert customer.lines() == []
    assert rasa.turns == []


MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><template><iframe srcdoc="<script>1</script>">',
    "[click](javascript:alert(1))",
    "{{7*7}} ${7*7} #{7*7}",
]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_stays_text(api: RunningApi, text: str) -> None:
    """D09."""
    customer = api.customer(customer={"name": text[:200], "email": text[:200]}, page_url=f"https://x/{text}")
    customer.ask(text)
    answer = api.http.get(f"{customer.path}/messages", headers=customer.headers)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert customer.lines() == [("customer", text), ("bot", f"You said: {text}")]


@pytest.mark.parametrize(
    "text", ["/restart", '/greet{"slot": 1}', " /restart", "\uff0frestart", "/EXTERNAL: x", "/deskmate:accept_hand_off"]
)
def test_a_slash_command_is_ordinary_text(api: RunningApi, rasa: FakeRasa, text: str) -> None:
    """D16."""
    customer = api.customer()
    assert [line["text"] for line in customer.ask(text)] == [f"You said: {text}"]
    assert (rasa.turns[0]["text"], rasa.turns[0]["payload"]) == (text, None)
    assert customer.page()["owner"] == "bot"


def test_fields_a_client_may_not_set_are_taken_from_the_session(api: RunningApi) -> None:
    """D17."""
    customer, other = api.customer(), api.customer()
    forged = {
        "client_msg_id": "m",
        "text": "hello",
        "sender": "agent",
        "role": "admin",
        "conversation_id": other.conversation_id,
        "seq": 99,
        "created_at": "2001-01-01T00:00:00Z",
        "input_channel": "rest",
        "metadata": {"payload_intent": "request_person"},
        "payload": "/request_person",
        "owner": "agent",
    }
    assert customer.post("messages", forged).json()["seq"] == 1
    with customer.chat() as chat:
        chat.say("message", **{**forged, "client_msg_id": "n"})
        chat.hear("ack")
    api.settled()
    assert customer.said_by("customer") == ["hello", "hello"]
    assert other.lines() == []
    rows = api.store.read_sync(lambda s: s.scalars(select(Message).where(Message.sender == "customer")).all())
    assert {row.created_at.year for row in rows} != {2001}
    assert customer.row().owner == "bot"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"client_msg_id": "m"},
        {"text": "hello"},
        {"client_msg_id": "m", "text": "hello", "button_id": "b"},
        {"client_msg_id": "m", "text": {"$gt": ""}},
        {"client_msg_id": ["m"], "text": "hello"},
        {"client_msg_id": "", "text": "hello"},
        {"client_msg_id": "x" * 101, "text": "hello"},
        [],
        "hello",
        None,
    ],
)
def test_a_body_of_another_shape_is_refused(api: RunningApi, body: object) -> None:
    customer = api.customer()
    answer = customer.post("messages", body)
    assert answer.status_code == 422
    assert set(answer.json()["error"]) >= {"code", "message"}


@pytest.mark.parametrize(
    "raw", [b"{", b"", b"[" * 100_000, b'{"client_msg_id": "m", "text": ' + b"9" * 5_000 + b"}", b"\x00"]
)
def test_broken_json_is_refused_quickly(api: RunningApi, raw: bytes) -> None:
    customer = api.customer()
    headers = {**customer.headers, "Content-Type": "application/json"}
    answer = api.http.post(f"{customer.path}/messages", content=raw, headers=headers)
    assert answer.status_code in {400, 422}
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"x"', "[" * 50_000, '{"type": 7}', '{"no": "type"}'])
def test_a_frame_that_is_no_frame_is_an_error_and_the_connection_stays(api: RunningApi, text: str) -> None:
    customer = api.customer()
    with customer.chat() as chat:
        chat.socket.send(text)
        assert chat.hear("error")["error"]["code"] == "bad_frame"
        chat.say("ping")
        chat.hear("pong")


def test_a_body_without_an_end_is_cut_off_at_the_limit(api: RunningApi) -> None:
    customer = api.customer()
    head = (
        f"POST {customer.path}/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {customer.token}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", api.port)) as line:
        line.sendall(head.encode())
        for _ in range(5):
            line.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
        line.settimeout(10)
        assert b"413" in line.recv(200)


def test_a_button_of_another_conversation_does_not_exist(api: RunningApi, rasa: FakeRasa) -> None:
    rasa.behave = lambda call: call.reply("Pick", buttons=[{"title": "Yes", "payload": "/affirm"}])
    one, other = api.customer(), api.customer()
    [line] = one.ask("hello")
    assert json.dumps(line).count("/affirm") == 0  # the payload never leaves the server
    answer = other.post("messages", {"client_msg_id": "m", "button_id": line["buttons"][0]["button_id"]})
    assert answer.status_code == 404


def test_clean_text_is_clean_and_cleaning_twice_changes_nothing() -> None:
    assert clean("a\r\nb\rc") == "a\nb\nc"
    assert clean("\ud83d\ude00") == "😀"  # a pair, sent as two halves
    assert clean(clean("\ud800\x00\x7fé\u202e")) == clean("\ud800\x00\x7fé\u202e") == "\ufffdé\u202e"
    assert has_something_to_read(".")
    assert not has_something_to_read("\u3164 \u200b")
