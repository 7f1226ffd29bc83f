"""What Rasa's gateway is asked and answers, checked before any of it is believed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.texts import CleanText

MOST_REPLIES = 10
MOST_BUTTONS = 10


class _In(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ReplyButton(_In):
    """A button under a reply; the payload is Rasa's own."""

    title: Annotated[CleanText, Field(min_length=1, max_length=200)]
    payload: Annotated[CleanText, Field(max_length=4_000)]


class Reply(_In):
    """One bubble of the bot."""

    text: Annotated[CleanText, Field(max_length=8_000)]
    buttons: Annotated[list[ReplyButton], Field(max_length=MOST_BUTTONS)] | None = None
    suggestion_id: str | None = None


class Frustration(_In):
    """How upset the customer is, with reasons."""

    score: Annotated[float, Field(ge=0, le=1)] = 0.0
    message_score: Annotated[float, Field(ge=0, le=1)] | None = None  # of the message without its conversation
    reasons: list[CleanText] = []


class Understanding(_In):
    """What Rasa made of a message."""

    intent: str | None = None
    confidence: float | None = None
    entities: list[dict[str, Any]] = []
    frustration: Frustration = Frustration()
    outcome: str | None = None
    search_confidence: float | None = None


class HandOffSignal(_In):
    """Why Rasa thinks that a person may be needed."""

    reason_codes: list[str] = []


class FeedbackSignal(_In):
    """The customer's answer to "did this help?"."""

    suggestion_id: str
    helpful: bool


class TurnAnswer(_In):
    """One turn of the bot."""

    replies: Annotated[list[Reply], Field(max_length=MOST_REPLIES)]
    understanding: Understanding | None = None
    outcome: Literal["answer", "clarify", "fallback", "form", "response", "rejected", "none"] = "none"
    hand_off: HandOffSignal | None = None
    feedback: FeedbackSignal | None = None
    slots: dict[str, Any] | None = None
    state: dict[str, Any] | None = None
    model_version: str


class Line(BaseModel):
    """One earlier line of the conversation, as Rasa gets it."""

    seq: int
    sender: str
    text: str
    created_at: str


class SearchSummary(BaseModel):
    """What the stored suggestion set says, in short."""

    suggestion_set_id: str
    decision: str
    confidence: float
    top_article_id: str | None


class TurnContext(BaseModel):
    """What the API knows and Rasa does not."""

    offer_open: bool
    offered_before: bool
    failed_turns: int
    availability: str
    exceptions: str | None = None  # how a customer asks for an exception


class TurnRequest(BaseModel):
    """One turn asked of Rasa."""

    mode: Literal["reply", "observe"]
    conversation_id: str
    message_id: str
    turn: int
    speaker: Literal["customer", "agent"]
    text: str | None
    payload: str | None
    customer: dict[str, str | None]
    history: list[Line]
    state: dict[str, Any] | None
    search: SearchSummary | None
    context: TurnContext
