"""Webhooks and events on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, HttpUrl

from api.schemas.people import Request
from api.store.events import KINDS
from api.store.tables import Webhook, WebhookDelivery

EventId = Annotated[int, Field(ge=0, lt=2**63)]


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of event; there are {', '.join(KINDS)}")
    return kind


Kinds = Annotated[list[Annotated[str, AfterValidator(_known)]], Field(max_length=len(KINDS))]


class NewWebhook(Request):
    """Where to send events."""

    url: HttpUrl
    kinds: Kinds = Field(default_factory=list)  # of events; [] for all
    after: EventId | None = None  # start after this event; None: after the last one there is


class WebhookChange(Request):
    """What to change of a webhook; what is not given stays."""

    url: HttpUrl | None = None
    kinds: Kinds | None = None
    paused: bool | None = None


class FromEvent(Request):
    """Where to continue."""

    after: EventId


class WebhookView(BaseModel):
    """A webhook and how it is doing."""

    webhook_id: str
    url: str
    kinds: list[str]
    after: int
    behind: int = 0  # events it has not been offered yet, of any kind
    paused: bool
    failures: int
    last_error: str | None
    next_at: datetime
    secret: str | None = None  # shown once, when it is made or replaced
    previous_secret_until: datetime | None = None  # until then what is sent is signed by the earlier secret too

    @classmethod
    def of(cls, webhook: Webhook, *, last: int, secret: str | None = None) -> WebhookView:
        """Show a webhook beside the last event there is."""
        return cls(
            webhook_id=webhook.id,
            url=webhook.url,
            kinds=list(webhook.kinds or ()),
            after=webhook.after,
            behind=max(0, last - webhook.after),
            paused=webhook.paused_at is not None,
            failures=webhook.failures,
            last_error=webhook.last_error,
            next_at=webhook.next_at,
            secret=secret,
            previous_secret_until=webhook.previous_until,
        )


class Webhooks(BaseModel):
    """All of them, and what they may be told of."""

    webhooks: list[WebhookView]
    kinds: dict[str, str] = KINDS


class DeliveryView(BaseModel):
    """One try to send one event."""

    event_id: int
    kind: str
    status: int | None  # of the answer; null when there was none
    problem: str | None  # null: it was taken
    took_ms: int
    at: datetime

    @classmethod
    def of(cls, row: WebhookDelivery) -> DeliveryView:
        """Show a delivery."""
        return cls(
            event_id=row.event_id,
            kind=row.kind,
            status=row.status,
            problem=row.problem,
            took_ms=row.took_ms,
            at=row.at,
        )


class Deliveries(BaseModel):
    """The last ones, latest first."""

    deliveries: list[DeliveryView]


class EventView(BaseModel):
    """Something that happened; `payload` depends on `kind`."""

    event_id: int
    kind: str
    conversation_id: str | None
    at: datetime
    payload: dict[str, Any]


class Events(BaseModel):
    """Some events in order, and where to go on."""

    epoch: str
    after: int  # ask again with this
    reset: bool | None = None  # what the caller knew belongs to another history: fetch afresh
    more: bool  # there are more at once
    events: list[EventView]
