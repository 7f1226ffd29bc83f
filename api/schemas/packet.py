"""The hand-off packet as JSON; `docs/hand-off.schema.json` is its contract with other desks."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel


class Contact(BaseModel):
    """Where a customer agreed to be answered later."""

    email: str | None
    phone: str | None


class PacketCustomer(BaseModel):
    """Who is asking; only a verified customer's name and address are proven."""

    name: str | None
    email: str | None
    verified: bool
    subject: str | None
    contact: Contact | None
    earlier_conversations: int


class Reason(BaseModel):
    """Why a person is needed: a code for machines and its words for people."""

    code: str
    text: str


class Why(BaseModel):
    """How the hand-off was decided, complete enough to decide it again."""

    reasons: list[Reason]
    evidence: list[dict[str, Any]]
    counterfactual: str | None
    rules_version: str
    signals: Any


class PacketLine(BaseModel):
    """One line of the transcript."""

    seq: int
    message_id: str
    sender: Literal["customer", "bot", "agent", "system"]
    name: str | None
    text: str
    created_at: datetime


class Tried(BaseModel):
    """One suggestion found for a customer's message, and what became of it."""

    seq: int
    message_id: str
    suggestion_id: str
    article_id: str
    title: str
    url: str
    answer: str
    similarity: float
    confidence: float
    decision: str
    shown: bool
    reaction: Literal["helpful", "not_helpful", "rejected"] | None


class FrustrationAt(BaseModel):
    """How frustrated one message sounded, in its conversation."""

    seq: int
    message_id: str
    score: float
    reasons: list[str]


class IntentAt(BaseModel):
    """What one message was understood as."""

    seq: int
    message_id: str
    intent: str
    confidence: float | None
    search_confidence: float | None
    outcome: str | None


class EntityAt(BaseModel):
    """Something named in one message, such as an order number."""

    seq: int
    message_id: str
    entity: str
    value: str


class NotSent(BaseModel):
    """A reply of the bot that came too late and was held back."""

    message_id: str
    text: str
    reason: str


class Quoted(BaseModel):
    """One line of the brief: a quotation with the message it comes from."""

    kind: Literal["problem", "question", "tried", "mood", "fact"]
    text: str
    seq: int
    message_id: str


class Known(BaseModel):
    """Something the customer has told already and need not be asked again."""

    what: str
    value: str
    seq: int | None  # of the message that said it; None: the host site vouches for it, or the bot keeps it


class Visit(BaseModel):
    """A page the customer was on."""

    url: str
    title: str | None
    at: datetime


class Earlier(BaseModel):
    """An earlier conversation of a verified customer."""

    conversation_id: str
    created_at: datetime
    closed_at: datetime | None
    first_message: str | None
    reasons: list[Reason]
    stars: int | None


class Packet(BaseModel):
    """Everything a person needs to take over."""

    version: Literal[1] = 1
    hand_off_id: str
    conversation_id: str
    requested_at: datetime
    waiting_since: datetime
    taken_at: datetime | None
    ended_at: datetime | None
    department: str | None
    summary: str | None
    brief: list[Quoted]
    open_question: str | None
    do_not_ask_again: list[Known]
    suggested_reply: str
    placed_why: list[str]
    customer: PacketCustomer
    why: Why
    transcript: list[PacketLine]
    tried: list[Tried]
    frustration: list[FrustrationAt]
    intents: list[IntentAt]
    entities: list[EntityAt]
    slots: dict[str, Any]
    pages: list[str]
    visits: list[Visit]
    earlier: list[Earlier]
    not_sent: list[NotSent]
