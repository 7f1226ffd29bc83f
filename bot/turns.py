"""One turn as the API asks for it and as the bot answers it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_CHARACTERS = 2_000  # longer text costs a model seconds and memory; the API stores it whole
MOST_HISTORY = 20
MODES = ("reply", "observe")
SPEAKERS = ("customer", "agent")

_PAYLOAD = re.compile(r"^/([a-z][a-z0-9_]*)(\{.*\})?$", re.DOTALL)
_NAME = re.compile(r"^[^\W\d_][\w'\u2019.-]{0,39}$")


class InvalidTurn(ValueError):
    """The request is not a turn; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What a button of this bot stands for."""

    intent: str
    values: Mapping[str, str]  # entity name -> value


@dataclass(frozen=True, slots=True)
class Turn:
    """One message to understand, and to answer if `mode` is "reply"."""

    mode: str  # "reply" or "observe"
    conversation_id: str
    message_id: str
    number: int  # 1 for a conversation's first turn
    speaker: str  # "customer" or "agent"
    text: str  # ordinary words, at most `MOST_CHARACTERS`; a button's title when there is a payload
    payload: Payload | None = None
    customer_name: str | None = None  # the first name, when it looks like one
    history: tuple[Mapping[str, Any], ...] = ()  # oldest first: {seq, sender, text, created_at}
    state: Mapping[str, Any] | None = None
    search: Mapping[str, Any] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, body: object) -> Turn:
        """Read a turn from the request's JSON.

        Raises:
            InvalidTurn: a field is missing or of the wrong kind.
        """
        if not isinstance(body, dict):
            raise InvalidTurn("the body must be a JSON object")
        text, payload = _optional(body, "text", str), _optional(body, "payload", str)
        if text is None and payload is None:
            raise InvalidTurn("text or payload is needed")
        number = body.get("turn")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise InvalidTurn(f"turn must be a whole number from 1, not {number!r}")
        return cls(
            mode=_one_of(body, "mode", MODES),
            conversation_id=_named(body, "conversation_id"),
            message_id=_named(body, "message_id"),
            number=number,
            speaker=_one_of(body, "speaker", SPEAKERS),
            text=ordinary_words(text or ""),
            payload=payload_of(payload),
            customer_name=first_name((_optional(body, "customer", dict) or {}).get("name")),
            history=tuple(row for row in (_optional(body, "history", list) or []) if isinstance(row, dict))[
                -MOST_HISTORY:
            ],
            state=_optional(body, "state", dict),
            search=_optional(body, "search", dict),
            context=_optional(body, "context", dict) or {},
        )


def ordinary_words(text: str) -> str:
    """Return the text cut to length and without leading slashes, which mean commands to Rasa.

    A customer's "/restart" is the word "restart": it never sets an intent, an entity or a slot.
    """
    words = text.strip()
    if words.startswith("/"):
        words = words.lstrip("/ \t\r\n") or "slash"
    return words[:MOST_CHARACTERS]


def payload_of(payload: str | None) -> Payload | None:
    """Read a payload that this bot put on a button, such as `/choose_article{"article_id": "returns"}`.

    Returns:
        None for anything else: the button then counts as its title.
    """
    match = _PAYLOAD.match(payload.strip()) if payload else None
    if match is None:
        return None
    try:
        values = json.loads(match.group(2) or "{}")
    except ValueError:
        return None
    if not isinstance(values, dict):
        return None
    return Payload(intent=match.group(1), values={str(name): str(value) for name, value in values.items()})


def first_name(name: object) -> str | None:
    """Return the name to call the customer by, or None for what does not look like a name."""
    words = name.split() if isinstance(name, str) else []
    return words[0] if words and _NAME.match(words[0]) else None


def _optional(body: Mapping[str, Any], name: str, kind: type) -> Any:
    value = body.get(name)
    if value is not None and not isinstance(value, kind):
        raise InvalidTurn(f"{name} must be of type {kind.__name__}")
    return value


def _named(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > 200:
        raise InvalidTurn(f"{name} must be a text of 1 to 200 characters")
    return value


def _one_of(body: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = body.get(name)
    if value not in allowed:
        raise InvalidTurn(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return str(value)
