"""The Python client against the real API: what it promises about retries, events, errors and signatures."""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import httpx
import pytest

from api.processes.places import ROOT
from api.schemas.chat import MessageOut, MessagesOut
from api.schemas.desk import QueueEntry as ServedEntry
from api.schemas.suggestions import SuggestionOut, SuggestionSetOut
from api.schemas.webhooks import EventView, WebhookView
from api.webhooks.signing import sign
from deskmate_client import (
    AsyncChat,
    AsyncDesk,
    Chat,
    Desk,
    Event,
    HistoryChanged,
    Line,
    Page,
    Patience,
    QueueEntry,
    Refused,
    Suggestion,
    SuggestionSet,
    Unreachable,
    Webhook,
    is_signed,
)
from tests.clients.conftest import token_of
from tests.running import RunningApi

AT_ONCE = Patience(first_pause_s=0.0, longest_pause_s=0.0)
Fault = Callable[[httpx.Request], httpx.Response | None]


class Faulty(httpx.BaseTransport):
    """A line that does to each request what `faults` says, in turn, and then works; it may break before or after."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)
        self.bodies: list[bytes] = []
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.read())
        fault = self.faults.pop(0) if self.faults else "none"
        if fault == "never_left":
            raise httpx.ConnectError("refused")
        if fault == "busy":
            return httpx.Response(
                503, json={"error": {"code": "busy", "message": "later"}}, headers={"Retry-After": "2"}
            )
        answer = self._inner.handle_request(request)
        if fault == "answer_lost":
            answer.close()
            raise httpx.ReadError("reset")
        return answer


def test_a_message_whose_answer_was_lost_is_sent_again_and_there_once(api: RunningApi) -> None:
    line = Faulty("none", "never_left", "busy", "answer_lost")
    with Chat.open(api.url, patience=AT_ONCE, transport=line) as chat:
        accepted = chat.say("hello")
        assert accepted.seq == 1
        assert len({body for body in line.bodies if b"hello" in body}) == 1  # word for word, client_msg_id included
        assert sum(b"hello" in body for body in line.bodies) == 4
        api.settled()
        assert [one.text for one in chat.read().messages if one.sender == "customer"] == ["hello"]


def test_what_would_happen_twice_is_not_made_again_unless_nothing_happened(api: RunningApi) -> None:
    with pytest.raises(Unreachable):
        Chat.open(api.url, patience=AT_ONCE, transport=Faulty("answer_lost"))
    Chat.open(api.url, patience=AT_ONCE, transport=Faulty("never_left", "busy")).close()


def test_patience_ends(api: RunningApi) -> None:
    line = Faulty("none", *["answer_lost"] * 9)
    chat = Chat.open(api.url, patience=AT_ONCE, transport=line)
    with pytest.raises(Unreachable):
        chat.say("hello")
    assert len(line.bodies) == 1 + AT_ONCE.tries


def test_pauses_grow_keep_to_the_longest_and_to_what_the_server_asks() -> None:
    patience = Patience(first_pause_s=1.0, longest_pause_s=5.0)
    for tried, most in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (9, 5.0)):
        assert most / 2 <= patience.pause_s(tried) <= most
    assert patience.pause_s(1, asked_s=3.0) == 3.0
    assert patience.pause_s(1, asked_s=600.0) == 5.0


def test_a_no_says_why(api: RunningApi, token: str) -> None:
    with Chat.open(api.url) as chat, Desk(api.url, token) as first, Desk(api.url, token_of(api)) as second:
        chat.request_person()
        first.take(chat.conversation_id)
        with pytest.raises(Refused) as refused:
            second.take(chat.conversation_id)
        assert (refused.value.status, refused.value.code) == (409, "held_by_another")
        assert refused.value.details["agent_name"] == "Ana"
        with pytest.raises(Refused, match="404"):
            second.conversation("no/such?chat")


def test_a_chat_read_from_where_it_was_left(api: RunningApi) -> None:
    with Chat.open(api.url) as chat:
        chat.say("one")
        api.settled()
        assert [line.text for line in chat.read().messages] == ["one", "You said: one"]
        left = {"token": chat.token, "after": chat.after, "epoch": chat.epoch}
    with Chat(api.url, chat.conversation_id, **left) as again:
        assert again.read().messages == ()
        again.say("two")
        api.settled()
        assert [line.text for line in again.read().messages] == ["two", "You said: two"]
        foreign = Chat(api.url, chat.conversation_id, chat.token, after=99, epoch="another")
        page = foreign.read()
        assert (page.reset, len(page.messages), foreign.epoch) == (True, 4, chat.epoch)


def test_lines_end_with_the_chat(api: RunningApi, token: str) -> None:
    with Chat.open(api.url) as chat, Desk(api.url, token) as desk:
        chat.request_person()
        desk.take(chat.conversation_id)
        desk.say(chat.conversation_id, "Hello, how can I help?")
        desk.end(chat.conversation_id)
        assert "Hello, how can I help?" in [line.text for line in chat.lines(wait_s=1)]


def test_suggestions_are_the_bots_own_and_take_feedback(api: RunningApi, token: str) -> None:
    with Chat.open(api.url) as chat, Desk(api.url, token) as desk:
        accepted = chat.say("where is my parcel")
        api.settled()
        found = desk.suggestions_for(accepted.message_id)
        assert found.suggestions[0].article_id == "parcel"
        assert [one.article_id for one in found.internal] == ["staff-note"]
        assert desk.feedback(found.suggestions[0].suggestion_id, correct="fully")["correct"] == "fully"
        assert desk.suggest("returns", history=[("customer", "hello")]).suggestions[0].article_id == "returns"


def test_events_go_on_from_where_one_stopped_and_say_when_the_history_is_another(api: RunningApi, token: str) -> None:
    with Chat.open(api.url) as chat, Desk(api.url, token) as desk:
        start = desk.read_events()
        chat.say("one")
        events = desk.events(after=start.after, epoch=start.epoch, wait_s=10)
        first = next(event for event in events if event.kind == "message")
        assert first.payload["text"] == "one"
        again = desk.events(after=first.event_id - 1, epoch=first.epoch, wait_s=10)
        assert next(again).event_id == first.event_id
        with pytest.raises(HistoryChanged) as changed:
            next(desk.events(after=first.event_id, epoch="another"))
        assert changed.value.epoch == start.epoch


def test_the_awaited_side_does_the_same(api: RunningApi, token: str) -> None:
    async def day() -> tuple[list[str], str]:
        async with await AsyncChat.open(api.url, name="Ada") as chat, AsyncDesk(api.url, token) as desk:
            start = await desk.read_events()
            await chat.request_person()
            async for event in desk.events(after=start.after, epoch=start.epoch, wait_s=10):
                if event.kind == "queue":
                    await desk.take(str(event.conversation_id))
                    break
            await desk.say(chat.conversation_id, "Hello Ada")
            await desk.end(chat.conversation_id)
            return [line.text async for line in chat.lines(wait_s=1)], chat.conversation_id

    texts, _ = asyncio.run(day())
    assert "Hello Ada" in texts


@pytest.mark.parametrize(("waits", "awaits"), [(Chat, AsyncChat), (Desk, AsyncDesk)])
def test_both_sides_have_the_same_calls(waits: type, awaits: type) -> None:
    def calls(kind: type) -> dict[str, list[str]]:
        methods = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(one).parameters) for name, one in methods if not name.startswith("_")}

    assert calls(waits) == calls(awaits)


def test_webhooks_are_made_changed_and_ended(api: RunningApi) -> None:
    with Desk(api.url, token_of(api, "admin")) as desk:
        made = desk.add_webhook("http://127.0.0.1:9/events", kinds=["message"])
        assert made.secret
        assert desk.change_webhook(made.webhook_id, paused=True).paused
        assert desk.replace_secret(made.webhook_id).secret != made.secret
        assert desk.replay(made.webhook_id, after=0).after == 0
        assert made.webhook_id in [one.webhook_id for one in desk.webhooks()]
        desk.end_webhook(made.webhook_id)
        assert made.webhook_id not in [one.webhook_id for one in desk.webhooks()]


def test_a_signature_is_checked_as_the_server_makes_it() -> None:
    header = sign(["new", "old"], b"{}", at_s=1000)
    assert is_signed("new", b"{}", header, now_s=1299)
    assert is_signed("old", b"{}", header, now_s=1000)
    for secret, body, now in (("other", b"{}", 1000), ("new", b"[]", 1000), ("new", b"{}", 1301)):
        assert not is_signed(secret, body, header, now_s=now)
    for wrong in ("", "t=1000", "v1=aa", "t=x,v1=aa", "t=1000,v1=é", header.replace("t=1000", "t=1001")):
        assert not is_signed("new", b"{}", wrong, now_s=1000)


@pytest.mark.parametrize(
    ("ours", "served"),
    [(Line, MessageOut), (Page, MessagesOut), (Suggestion, SuggestionOut), (SuggestionSet, SuggestionSetOut),
     (QueueEntry, ServedEntry), (Event, EventView), (Webhook, WebhookView)],
)  # fmt: skip
def test_every_field_of_ours_is_one_the_server_sends(ours: Any, served: Any) -> None:
    added = {"epoch"} if ours is Event else set()
    assert {field.name for field in fields(ours)} - added <= set(served.model_fields)


def test_the_client_needs_nothing_of_the_servers() -> None:
    for path in (ROOT / "clients").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            ours = {"api", "kb_index", "bot", "actions", "tests"}
            assert not {name.split(".")[0] for name in names} & ours, path
