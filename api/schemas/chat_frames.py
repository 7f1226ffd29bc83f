"""Frames a customer's widget sends over its WebSocket."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from api.errors import ApiError
from api.schemas.chat import Id, In, MessageIn, Seq
from api.schemas.texts import CleanText
from api.strings.catalogue import say


class Hello(In):
    """The first frame: the token, and what the client has seen of which history."""

    type: Literal["hello"]
    token: Annotated[CleanText, Field(max_length=200)]
    after: Seq = 0
    epoch: Annotated[CleanText, Field(max_length=64)] | None = None


class MessageFrame(MessageIn):
    """A message, or a press on a button."""

    type: Literal["message"]


class TypingFrame(In):
    """The customer is writing."""

    type: Literal["typing"]


class FeedbackFrame(In):
    """Did the answer help? Recorded; starts no turn."""

    type: Literal["feedback"]
    suggestion_id: Id
    helpful: Annotated[bool, Field(strict=True)]


class ReadFrame(In):
    """The last line that the open chat has shown."""

    type: Literal["read"]
    seq: Seq


class Ping(In):
    """Is anybody there? Answered by `pong`."""

    type: Literal["ping"]


Frame = Hello | MessageFrame | TypingFrame | FeedbackFrame | ReadFrame | Ping
KINDS = frozenset({"hello", "message", "typing", "feedback", "read", "ping"})
_READER: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


def read_frame(text: str | None) -> Frame:
    """Return the frame a client sent.

    Raises:
        ApiError: it cannot be understood; `details` holds its client_msg_id when it had one.
    """
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        raise ApiError(400, "bad_frame", say("errors.bad_frame")) from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise ApiError(400, "bad_frame", say("errors.bad_frame"))
    if value["type"] not in KINDS:
        raise ApiError(400, "unknown_type", say("errors.unknown_type", type=value["type"][:40]))
    try:
        return _READER.validate_python(value)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"][1:])
        client_msg_id = value.get("client_msg_id")
        details = {"client_msg_id": client_msg_id[:100]} if isinstance(client_msg_id, str) else {}
        message = f"{where}: {problem['msg']}" if where else str(problem["msg"])
        raise ApiError(422, "invalid", message, details=details) from None
