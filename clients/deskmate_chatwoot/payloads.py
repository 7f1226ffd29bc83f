"""What Chatwoot sends to an agent bot, as far as we read it.

Chatwoot sends more, and other fields in other versions: whatever is missing is None, and whatever is odd is an event
that we do not act on. Numbers stand for message types in some payloads and words in others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Json = Mapping[str, Any]
Direction = Literal["incoming", "outgoing", "activity", "template"]
DIRECTIONS: dict[object, Direction] = {0: "incoming", 1: "outgoing", 2: "activity", 3: "template"}
DIRECTIONS |= {word: word for word in ("incoming", "outgoing", "activity", "template")}


@dataclass(frozen=True, slots=True)
class ChatKey:
    """A conversation of Chatwoot: an account, and the number its agents see."""

    account_id: int
    conversation_id: int

    def __str__(self) -> str:
        return f"{self.account_id}/{self.conversation_id}"


@dataclass(frozen=True, slots=True)
class Contact:
    """Who the customer says they are."""

    name: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class SaidEvent:
    """Somebody said something, or pressed a button (`pressed` is its value)."""

    key: ChatKey
    message_id: int
    direction: Direction
    sender: str  # contact | user | agent_bot | ""
    text: str
    private: bool
    status: str | None  # of the conversation: pending, open, resolved, snoozed
    contact: Contact
    attachments: int
    pressed: str | None = None


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """A conversation became pending (the bot's), open (the agents'), resolved or snoozed."""

    key: ChatKey
    status: str


def read_event(body: Json) -> SaidEvent | StatusEvent | None:
    """Return what an event says; None for one that is not our business."""
    event = body.get("event")
    if event in {"message_created", "message_updated"}:
        return _said(body, updated=event == "message_updated")
    if event in {"conversation_status_changed", "conversation_opened", "conversation_resolved"}:
        return _status(body)
    return None


def _said(body: Json, *, updated: bool) -> SaidEvent | None:
    conversation = _object(body.get("conversation"))
    key = _key(_object(body.get("account")).get("id"), conversation.get("id") or conversation.get("display_id"))
    direction = DIRECTIONS.get(body.get("message_type"))
    message_id = _number(body.get("id"))
    if key is None or direction is None or message_id is None:
        return None
    pressed = _pressed(_object(body.get("content_attributes"))) if updated else None
    if updated and pressed is None:
        return None
    sender = _object(body.get("sender"))
    who = _object(_object(conversation.get("meta")).get("sender")) or sender
    return SaidEvent(
        key=key,
        message_id=message_id,
        direction=direction,
        sender=str(sender.get("type") or "").lower(),
        text=str(body.get("content") or ""),
        private=body.get("private") is True,
        status=_text(conversation.get("status")),
        contact=Contact(_text(who.get("name")), _text(who.get("email"))),
        attachments=len(body.get("attachments") or ()),
        pressed=pressed,
    )


def _status(body: Json) -> StatusEvent | None:
    account = body.get("account_id") or _object(body.get("account")).get("id") or _account_of(body)
    key, status = _key(account, body.get("id")), _text(body.get("status"))
    return StatusEvent(key, status) if key is not None and status is not None else None


def _account_of(body: Json) -> Any:
    """Return the account from the conversation's last message; status events have it nowhere else in some versions."""
    messages = body.get("messages")
    return _object(messages[-1]).get("account_id") if isinstance(messages, list) and messages else None


def _pressed(attributes: Json) -> str | None:
    values = attributes.get("submitted_values")
    first = _object(values[0]) if isinstance(values, list) and values else {}
    return _text(first.get("value"))


def _key(account: Any, conversation: Any) -> ChatKey | None:
    account_id, conversation_id = _number(account), _number(conversation)
    return None if account_id is None or conversation_id is None else ChatKey(account_id, conversation_id)


def _object(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
        return None
    return int(value)
