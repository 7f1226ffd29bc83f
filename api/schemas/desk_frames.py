"""Frames a desk sends over its WebSocket."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from api.schemas.chat import Id, Seq
from api.schemas.people import Request


class Hello(Request):
    """The first frame: what the desk saw last; programs may bring their token here instead of in a header."""

    type: Literal["hello"]
    after: Seq | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None
    token: Annotated[str, Field(max_length=200)] | None = None


class TypingFrame(Request):
    """The agent is writing in a conversation."""

    type: Literal["typing"]
    conversation_id: Id


class LookFrame(Request):
    """The agent has this conversation open, or none any more."""

    type: Literal["looking"]
    conversation_id: Id | None
    writing: bool = False  # a reply to the customer


class Ping(Request):
    """Is anybody there? Answered by `pong`."""

    type: Literal["ping"]


class Pong(Request):
    """The answer to our `ping`: somebody is there."""

    type: Literal["pong"]


AnyFrame = Hello | TypingFrame | LookFrame | Ping | Pong
DeskFrame = Annotated[AnyFrame, Field(discriminator="type")]
_READER: TypeAdapter[AnyFrame] = TypeAdapter(DeskFrame)


def read_frame(text: str) -> AnyFrame | None:
    """Return a frame, or None for one that cannot be understood."""
    try:
        return _READER.validate_json(text)
    except (ValidationError, RecursionError):
        return None
