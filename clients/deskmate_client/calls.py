"""Every call as a value: where it goes, what it carries, how its answer is read. Nothing here sends anything."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from deskmate_client.model import (
    Accepted,
    Events,
    Held,
    Json,
    Opened,
    Page,
    QueueEntry,
    SuggestionSet,
    Webhook,
    known,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call.

    Attributes:
        method: of HTTP.
        path: below the server's address.
        read: makes a value of the answer's JSON.
        body: JSON to send; None for none.
        query: parameters; None values are left out.
        repeatable: making it twice is the same as making it once, so it may be made again when nobody knows whether
            it arrived.
        wait_s: how long the server may take before it answers "nothing new".
    """

    method: str
    path: str
    read: Callable[[Any], T]
    body: Json | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = True
    wait_s: float = 0.0


def _chat(conversation_id: str, name: str = "") -> str:
    return f"/v1/conversations/{quote(conversation_id, safe='')}{name}"


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _whole(answer: Any) -> dict[str, Any]:
    return dict(answer or {})


def _nothing(_: Any) -> None:
    return None


# ---- customers


def open_conversation(
    *, name: str | None, email: str | None, identity: str | None, page_url: str | None, kb: str | None
) -> Call[Opened]:
    """Open a conversation; made twice there would be two."""
    customer = _given(name=name, email=email) or None
    body = _given(customer=customer, identity=identity, page_url=page_url, kb=kb)
    return Call("POST", "/v1/conversations", partial(known, Opened), body, repeatable=False)


def say(conversation_id: str, text: str | None, button_id: str | None, client_msg_id: str | None) -> Call[Accepted]:
    """Say something, or press a button, as the customer."""
    body = _given(client_msg_id=client_msg_id or new_id(), text=text, button_id=button_id)
    return Call("POST", _chat(conversation_id, "/messages"), partial(known, Accepted), body)


def messages(conversation_id: str, *, after: int, epoch: str | None, wait_s: float) -> Call[Page]:
    """Read what was said after a seq."""
    query = {"after": after, "epoch": epoch, "wait": wait_s}
    return Call("GET", _chat(conversation_id, "/messages"), Page.read, query=query, wait_s=wait_s)


def customer_step(conversation_id: str, step: str, body: Json | None = None) -> Call[dict[str, Any]]:
    """Ask for a person, leave the queue, leave an address, or rate."""
    return Call("POST", _chat(conversation_id, f"/{step}"), _whole, body)


# ---- agents


def queue() -> Call[tuple[QueueEntry, ...]]:
    """List who waits."""
    return Call("GET", "/v1/queue", lambda answer: tuple(_entry(one) for one in answer["conversations"]))


def _entry(answer: Json) -> QueueEntry:
    return known(QueueEntry, answer, reasons=tuple(answer["reasons"]))


def conversations(**query: Any) -> Call[dict[str, Any]]:
    """List conversations."""
    return Call("GET", "/v1/conversations", _whole, query=query)


def conversation(conversation_id: str) -> Call[dict[str, Any]]:
    """Show one."""
    return Call("GET", _chat(conversation_id), _whole)


def hand_off(conversation_id: str) -> Call[dict[str, Any]]:
    """Fetch the packet."""
    return Call("GET", _chat(conversation_id, "/hand-off"), _whole)


def take(conversation_id: str, *, anyway: bool) -> Call[Held]:
    """Take a conversation over."""
    query = {"anyway": True} if anyway else {}
    return Call("POST", _chat(conversation_id, "/take"), partial(known, Held), query=query)


def release(conversation_id: str, to: Literal["bot", "queue"]) -> Call[Held]:
    """Give it back."""
    return Call("POST", _chat(conversation_id, "/release"), partial(known, Held), {"to": to}, repeatable=False)


def close(conversation_id: str) -> Call[Held]:
    """End it."""
    return Call("POST", _chat(conversation_id, "/close"), partial(known, Held), repeatable=False)


def agent_message(
    conversation_id: str, text: str, suggestion_id: str | None, client_msg_id: str | None
) -> Call[Accepted]:
    """Say something as the agent."""
    body = _given(client_msg_id=client_msg_id or new_id(), text=text, suggestion_id=suggestion_id)
    return Call("POST", _chat(conversation_id, "/agent-messages"), partial(known, Accepted), body)


def note(conversation_id: str, text: str) -> Call[dict[str, Any]]:
    """Write a private note; made twice there would be two."""
    return Call("POST", _chat(conversation_id, "/notes"), _whole, {"text": text}, repeatable=False)


def tags(conversation_id: str, names: Sequence[str]) -> Call[dict[str, Any]]:
    """Give it these tags and no others."""
    return Call("PUT", _chat(conversation_id, "/tags"), _whole, {"tags": list(names)})


def suggest(body: Json) -> Call[SuggestionSet]:
    """Ask for suggestions."""
    return Call("POST", "/v1/suggestions", SuggestionSet.read, body)


def feedback(suggestion_id: str, said: Json) -> Call[dict[str, Any]]:
    """Say what was done with a suggestion."""
    return Call("PATCH", f"/v1/suggestions/{quote(suggestion_id, safe='')}/feedback", _whole, said)


def events(*, after: int | None, epoch: str | None, wait_s: float, limit: int = 100) -> Call[Events]:
    """Read what happened."""
    query = {"after": after, "epoch": epoch, "wait": wait_s, "limit": limit}
    return Call("GET", "/v1/events", Events.read, query=query, wait_s=wait_s)


# ---- administrators


def _hook(webhook_id: str, name: str = "") -> str:
    return f"/v1/webhooks/{quote(webhook_id, safe='')}{name}"


def webhooks() -> Call[tuple[Webhook, ...]]:
    """List them."""
    return Call("GET", "/v1/webhooks", lambda answer: tuple(Webhook.read(one) for one in answer["webhooks"]))


def add_webhook(url: str, kinds: Sequence[str], after: int | None) -> Call[Webhook]:
    """Add one; made twice there would be two."""
    body = _given(url=url, kinds=list(kinds), after=after)
    return Call("POST", "/v1/webhooks", Webhook.read, body, repeatable=False)


def change_webhook(webhook_id: str, changes: Json) -> Call[Webhook]:
    """Change or pause one."""
    return Call("PATCH", _hook(webhook_id), Webhook.read, changes)


def replace_secret(webhook_id: str) -> Call[Webhook]:
    """Make a new secret; made twice the first of the two would be lost."""
    return Call("POST", _hook(webhook_id, "/secret"), Webhook.read, repeatable=False)


def replay(webhook_id: str, after: int) -> Call[Webhook]:
    """Send again from an event on."""
    return Call("POST", _hook(webhook_id, "/replay"), Webhook.read, {"after": after})


def end_webhook(webhook_id: str) -> Call[None]:
    """End one."""
    return Call("DELETE", _hook(webhook_id), _nothing, repeatable=False)


def articles(query: Mapping[str, Any]) -> Call[dict[str, Any]]:
    """List articles."""
    return Call("GET", "/v1/articles", _whole, query=query)


def put_article(article_id: str, article: Json) -> Call[dict[str, Any]]:
    """Write an article."""
    return Call("PUT", f"/v1/articles/{quote(article_id, safe='')}", _whole, article)


def new_id() -> str:
    """Return a client_msg_id that nobody else has."""
    return uuid.uuid4().hex
