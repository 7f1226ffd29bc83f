"""The customer's side of the wire, the same over HTTP and the WebSocket."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.texts import CleanText, ClientId, ShortLine

LARGEST_SEQ = 2**53 - 1  # the largest whole number JavaScript keeps
Seq = Annotated[int, Field(ge=0, le=LARGEST_SEQ, strict=True)]
Id = Annotated[CleanText, Field(min_length=1, max_length=64)]


class In(BaseModel):
    """What a client sends: fields we do not know (sender, seq, created_at, ...) are ignored, types are not bent."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class CustomerIn(In):
    """Who the customer says they are: shown, never believed."""

    name: ShortLine | None = None
    email: ShortLine | None = None


class NewConversation(In):
    """`POST /v1/conversations`."""

    customer: CustomerIn | None = None
    identity: CleanText | None = None
    page_url: Annotated[CleanText, Field(max_length=2_000)] | None = None
    kb: Annotated[CleanText, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] = "main"


class ConversationOpened(BaseModel):
    """The answer to it; the token is shown this once."""

    conversation_id: str
    token: str
    epoch: str


class MessageIn(In):
    """A message, or a press on a button. The text's length is checked where it is stored: more is 413, not 422."""

    client_msg_id: ClientId
    text: CleanText | None = None
    button_id: Id | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> MessageIn:
        if (self.text is None) == (self.button_id is None):
            raise ValueError("give either text or button_id")
        return self


class MessageAccepted(BaseModel):
    """A message is stored and will be answered."""

    message_id: str
    seq: int
    epoch: str


class ButtonOut(BaseModel):
    """A button to press under a message."""

    button_id: str
    title: str


class SourceOut(BaseModel):
    """The article an answer was taken from."""

    title: str
    url: str


class MessageOut(BaseModel):
    """One line of a transcript, as every client sees it."""

    seq: int
    message_id: str
    sender: Literal["customer", "bot", "agent", "system"]
    text: str
    created_at: datetime
    client_msg_id: str | None = None
    suggestion_id: str | None = None
    buttons: list[ButtonOut] | None = None
    source: SourceOut | None = None
    name: str | None = None  # an agent's
    notice: str | None = None  # why the API itself said it


class OwnerOut(BaseModel):
    """Who the customer is talking to."""

    owner: Literal["bot", "queue", "agent", "closed"]
    position: int | None = None
    wait_s: int | None = None  # as likely shorter as longer
    wait_most_s: int | None = None  # nine of ten wait no longer
    agent_name: str | None = None


class MessagesOut(OwnerOut):
    """`GET /v1/conversations/{id}/messages`."""

    epoch: str
    reset: bool | None = None
    more: bool | None = None  # the page was full: ask again with the last seq
    messages: list[MessageOut]


class PersonRequested(OwnerOut):
    """`POST /v1/conversations/{id}/request-person`."""

    hours: str


class PageVisited(In):
    """A page of the host site that the customer is on."""

    url: Annotated[CleanText, Field(min_length=1, max_length=2_000)]
    title: ShortLine | None = None


class ContactIn(In):
    """How to reach the customer later; nothing is kept without their consent."""

    email: ShortLine | None = None
    phone: ShortLine | None = None
    consent: Literal[True]

    @model_validator(mode="after")
    def _some_way(self) -> ContactIn:
        if not (self.email or self.phone):
            raise ValueError("give an email or a phone number")
        return self


class RatingIn(In):
    """How the chat went; a second rating replaces the first."""

    stars: Annotated[int, Field(ge=1, le=5)]
    words: Annotated[CleanText, Field(max_length=2_000)] | None = None
