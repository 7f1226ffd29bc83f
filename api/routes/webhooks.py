"""Administrators' list of addresses that are told what happens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, HttpUrl
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, StoreDep
from api.errors import not_found
from api.schemas.people import Request
from api.security.audit import record_audit
from api.security.callers import AdminCaller
from api.security.tokens import new_token
from api.store.events import last_event_id
from api.store.tables import Webhook

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
EventId = Annotated[int, Field(ge=0, lt=2**63)]


class NewWebhook(Request):
    """Where to send events."""

    url: HttpUrl
    kinds: tuple[Annotated[str, Field(max_length=16)], ...] = ()  # of events; () for all
    after: EventId | None = None  # start after this event; None: after the last one there is


class FromEvent(Request):
    """Where to continue."""

    after: EventId


class WebhookView(BaseModel):
    """A webhook and how it is doing."""

    webhook_id: str
    url: str
    kinds: list[str]
    after: int
    failures: int
    last_error: str | None
    next_at: datetime
    secret: str | None = None  # shown once, when it is made

    @classmethod
    def of(cls, webhook: Webhook, *, secret: str | None = None) -> WebhookView:
        """Show a webhook."""
        return cls(
            webhook_id=webhook.id,
            url=webhook.url,
            kinds=list(webhook.kinds or ()),
            after=webhook.after,
            failures=webhook.failures,
            last_error=webhook.last_error,
            next_at=webhook.next_at,
            secret=secret,
        )


class Webhooks(BaseModel):
    """All of them."""

    webhooks: list[WebhookView]


@router.get("")
async def list_webhooks(_: AdminCaller, store: StoreDep) -> Webhooks:
    """List where events are sent."""
    query = select(Webhook).where(Webhook.disabled_at.is_(None)).order_by(Webhook.created_at, Webhook.id)
    rows = await store.read(lambda session: session.scalars(query).all())
    return Webhooks(webhooks=[WebhookView.of(row) for row in rows])


@router.post("", status_code=201)
async def add_webhook(body: NewWebhook, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> WebhookView:
    """Send events to an address from now on. The secret that signs them is in this answer and in no other."""
    now, secret = clock.now(), new_token("hook")

    def write(session: Session) -> WebhookView:
        after = last_event_id(session) if body.after is None else body.after
        webhook = Webhook(
            url=str(body.url), secret=secret, kinds=list(body.kinds), after=after, next_at=now, created_at=now
        )
        session.add(webhook)
        session.flush()
        record_audit(session, caller.actor, "add_webhook", at=now, subject=webhook.id)
        return WebhookView.of(webhook, secret=secret)

    return await store.write(write)


@router.post("/{webhook_id}/replay")
async def replay(
    webhook_id: str, body: FromEvent, caller: AdminCaller, store: StoreDep, clock: ClockDep
) -> WebhookView:
    """Send everything after an event (again), at once."""
    now = clock.now()

    def write(session: Session) -> WebhookView:
        webhook = _found(session, webhook_id)
        webhook.after, webhook.next_at, webhook.failures = body.after, now, 0
        record_audit(session, caller.actor, "replay_webhook", at=now, subject=webhook_id)
        return WebhookView.of(webhook)

    return await store.write(write)


@router.delete("/{webhook_id}")
async def end_webhook(webhook_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> dict[str, Any]:
    """Send nothing there any more."""
    now = clock.now()

    def write(session: Session) -> None:
        _found(session, webhook_id).disabled_at = now
        record_audit(session, caller.actor, "end_webhook", at=now, subject=webhook_id)

    await store.write(write)
    return {}


def _found(session: Session, webhook_id: str) -> Webhook:
    webhook = session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is None or webhook.disabled_at is not None:
        raise not_found("This webhook")
    return webhook
