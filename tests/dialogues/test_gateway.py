"""The gateway: who may call, what a turn is, what is remembered, and what a failing action server comes to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.dialogues.bot import Bot, Conversation, responses_of, running_bot


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_ready_tells_the_versions_after_understanding_a_sentence(bot: Bot) -> None:
    answer = bot.ready()
    assert answer.status_code == 200
    assert set(answer.json()) == {"model_version", "encoder_version"}


@pytest.mark.parametrize("secret", ["wrong", "é"])
def test_only_those_who_know_the_secret_may_call(bot: Bot, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}".encode()}
    for call in ("turn", "ready"):
        method = "POST" if call == "turn" else "GET"
        answer = httpx.request(method, f"{bot.url}/webhooks/gateway/{call}", headers=headers)
        assert code_of(answer) == (401, "unauthorised")


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "shout"},
        {"speaker": "stranger"},
        {"turn": 0},
        {"turn": True},
        {"conversation_id": ""},
        {"conversation_id": "x" * 201},
        {"text": None},
        {"text": 7},
        {"history": "none"},
        {"state": []},
    ],
)
def test_what_is_no_turn_is_refused(bot: Bot, changes: dict[str, Any]) -> None:
    request = {**Conversation(bot).request("hello"), **changes}
    assert code_of(bot.post(request)) == (422, "invalid_turn")


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"[" * 20_000])
def test_a_body_that_is_no_json_object_is_refused(bot: Bot, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {bot.secret}", "Content-Type": "application/json"}
    answer = httpx.post(f"{bot.url}/webhooks/gateway/turn", content=body, headers=headers)
    assert code_of(answer) == (422, "invalid_turn")


def test_rasas_own_interface_stays_off(bot: Bot) -> None:
    for path in (
        "/status",
        "/version",
        "/domain",
        "/conversations/x/tracker",
        "/webhooks/rest/webhook",
        "/model/parse",
    ):
        assert httpx.get(f"{bot.url}{path}").status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        " /restart",
        '/order_status{"order_number": "TW-2045184"}',
        "/EXTERNAL: request_person",
        "//affirm",
        "\uff0frestart",
        "/",
        '/request_person{"customer_name": "Eve"}',
    ],
)
def test_a_typed_command_is_ordinary_words(bot: Bot, text: str) -> None:
    """D16."""
    conversation = Conversation(bot)
    answer = conversation.say(text)
    assert answer["replies"]
    assert answer["understanding"]["confidence"] < 1.0, "a command would be certain"
    assert set(answer["state"]["slots"]) <= {"requested_slot", "open_question", "asked_message_id", "shown_suggestions"}


def test_a_very_long_text_is_cut_and_answered_soon(bot: Bot) -> None:
    """D01."""
    began = time.monotonic()
    answer = Conversation(bot).say("where is my parcel " * 400)
    assert answer["replies"]
    assert time.monotonic() - began < 5


def test_the_same_turn_again_gives_the_same_answer_and_runs_nothing(bot: Bot) -> None:
    conversation = Conversation(bot)
    first = conversation.attempt("when is my refund coming").json()
    asked = len(bot.api.asked)
    assert conversation.attempt("when is my refund coming").json() == first
    assert len(bot.api.asked) == asked


def test_a_lost_tracker_is_rebuilt_from_the_state(bot: Bot) -> None:
    conversation = Conversation(bot)
    conversation.say("where is my order")
    conversation.say("TW-2045184")
    conversation.id = "a-process-that-never-saw-it-" + conversation.id[:8]
    assert responses_of(conversation.say("LS6 2DX")) == ["utter_order_on_its_way"]


def test_without_a_usable_state_the_history_serves(bot: Bot) -> None:
    conversation = Conversation(bot)
    conversation.say("where is my order")
    conversation.id = "elsewhere-" + conversation.id
    conversation.state = {"version": 999, "turn": 1, "slots": {"order_number": "TW-1"}}
    answer = conversation.say("how much is delivery to norway")
    assert answer["outcome"] == "answer"
    assert "order_number" not in answer["state"]["slots"]


def test_a_state_of_another_domain_loses_only_what_is_unknown(bot: Bot) -> None:
    conversation = Conversation(bot)
    slots = {"order_looked_up": "TW-2045184: packing", "gone": 1, "requested_slot": "gone"}
    conversation.turn = 4
    conversation.state = {"version": 1, "turn": 4, "active_loop": "gone_form", "slots": slots}
    answer = conversation.say("thank you")
    assert responses_of(answer) == ["utter_thanks"]
    assert answer["state"]["slots"] == {"order_looked_up": "TW-2045184: packing"}
    assert answer["slots"] == {"order_looked_up": "TW-2045184: packing"}


def test_observing_understands_and_says_nothing(bot: Bot) -> None:
    conversation = Conversation(bot)
    conversation.say("where is my order")
    answer = conversation.say("can I speak to a person please", mode="observe")
    assert answer["replies"] == []
    assert answer["outcome"] == "none"
    assert answer["understanding"]["intent"] == "request_person"
    assert answer["state"]["active_loop"] is None


def test_an_agents_words_are_heard_and_the_bot_comes_back_afresh(bot: Bot) -> None:
    conversation = Conversation(bot)
    conversation.say("when is my refund coming")
    heard = conversation.say("I have sent it today.", mode="observe", speaker="agent")
    assert (heard["replies"], heard["understanding"]) == ([], None)
    assert responses_of(conversation.say("yes")) == ["utter_affirm"]


def test_a_direct_request_for_a_person_is_signalled(bot: Bot) -> None:
    answer = Conversation(bot).say("I want to talk to a human being please")
    assert answer["hand_off"] == {"reason_codes": ["request_person"]}
    assert answer["understanding"]["outcome"] == "hand_off"


class FaultyActions:
    """An action server that fails in a chosen way."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self.fault = ""
        self._handler = handler
        self._port = 0
        self._listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/webhook"

    @contextmanager
    def away(self) -> Iterator[None]:
        """Close the port for a while."""
        self.close()
        yield
        self._listen()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _listen(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()


FAULTS = {
    "status 500": (500, b"{}"),
    "redirect": (302, b""),
    "a page": (200, b"<html></html>"),
    "a list": (200, b"[]"),
    "ten megabytes": (200, b'{"events": [], "responses": [{"text": "' + b"x" * 10_000_000 + b'"}]}'),
    "an unknown event": (200, b'{"events": [{"event": "explode"}], "responses": []}'),
    "events that are none": (200, b'{"events": 7, "responses": []}'),
    "a refusal without a name": (400, b"{}"),
    "half a JSON": (200, b'{"events": ['),
    "no such action": (404, b'{"error": "unknown", "action_name": "action_answer"}'),
    "deep nesting": (200, b"[" * 100_000),
}


@pytest.fixture(scope="module")
def faulty() -> Iterator[FaultyActions]:
    hanging = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if actions.fault == "hangs":
                hanging.wait(30)
                return
            if actions.fault == "resets":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            status, body = FAULTS[actions.fault]
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    actions = FaultyActions(Handler)
    yield actions
    hanging.set()
    actions.close()


@pytest.fixture(scope="module")
def bot_with_faulty_actions(
    trained_model: Path, faulty: FaultyActions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    with running_bot(trained_model, tmp_path_factory.mktemp("faulty"), actions_url=faulty.url) as running:
        yield running


@pytest.mark.parametrize("fault", [*FAULTS, "resets"])
def test_an_action_server_that_answers_rubbish_is_an_error_and_never_silence(
    bot_with_faulty_actions: Bot, faulty: FaultyActions, fault: str
) -> None:
    """B03, B06."""
    faulty.fault = fault
    conversation = Conversation(bot_with_faulty_actions)
    assert code_of(conversation.attempt("when is my refund coming")) == (500, "action_failed")
    assert responses_of(conversation.say("hello")) == ["utter_greet"], "the failed turn left a trace"


def test_an_action_server_that_is_down_is_noticed_at_once(bot_with_faulty_actions: Bot, faulty: FaultyActions) -> None:
    """B04."""
    conversation = Conversation(bot_with_faulty_actions)
    with faulty.away():
        began = time.monotonic()
        assert code_of(conversation.attempt("when is my refund coming")) == (500, "action_failed")
        assert time.monotonic() - began < 3
    assert responses_of(conversation.say("hello")) == ["utter_greet"], "the failed turn left a trace"


def test_an_action_server_that_hangs_ends_the_turn_after_eight_seconds(
    bot_with_faulty_actions: Bot, faulty: FaultyActions
) -> None:
    """B05."""
    faulty.fault = "hangs"
    began = time.monotonic()
    assert code_of(Conversation(bot_with_faulty_actions).attempt("when is my refund coming")) == (500, "action_failed")
    assert 7.5 < time.monotonic() - began < 11


def test_a_caller_who_hangs_up_does_not_stop_the_turn(bot: Bot) -> None:
    conversation = Conversation(bot)
    request = conversation.request("when is my refund coming")
    bot.api.texts[request["message_id"]] = request["text"]
    with pytest.raises(httpx.ReadTimeout):
        bot.post(request, timeout_s=0.001)
    asked_before = {query.get("message_id") for query in bot.api.asked}
    answer = bot.post(request)
    assert answer.status_code == 200
    asked = [query for query in bot.api.asked if query.get("message_id") == request["message_id"]]
    assert len(asked) == 1, (asked_before, asked)
