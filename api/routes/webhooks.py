"""Administrators' list of addresses that are told what happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import HttpUrl
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, DestinationsDep, StoreDep
from api.errors import ApiError, not_found
from api.schemas.webhooks import (
    Deliveries,
    DeliveryView,
    FromEvent,
    NewWebhook,
    WebhookChange,
    Webhooks,
    WebhookView,
)
from api.security.audit import record_audit
from api.security.callers import AdminCaller
from api.security.tokens import new_token
from api.store.database import announce
from api.store.events import NUMBERED, last_event_id
from api.store.tables import Webhook, WebhookDelivery
from api.strings.catalogue import say
from api.webhooks.addresses import AddressRefused, Destinations

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
OVERLAP = timedelta(hours=24)  # how long an earlier secret signs beside its successor


@router.get("")
async def list_webhooks(_: AdminCaller, store: StoreDep) -> Webhooks:
    """List where events are sent, and the kinds of events there are."""

    def read(session: Session) -> Webhooks:
        query = select(Webhook).where(Webhook.disabled_at.is_(None)).order_by(Webhook.created_at, Webhook.id)
        last = last_event_id(session)
        return Webhooks(webhooks=[WebhookView.of(row, last=last) for row in session.scalars(query)])

    return await store.read(read)


@router.post("", status_code=201)
async def add_webhook(
    body: NewWebhook, caller: AdminCaller, store: StoreDep, clock: ClockDep, destinations: DestinationsDep
) -> WebhookView:
    """Send events to an address from now on. The secret that signs them is in this answer and in no other."""
    await _check(destinations, body.url)
    now, secret = clock.now(), new_token("hook")

    def write(session: Session) -> WebhookView:
        last = last_event_id(session)
        after = last if body.after is None else body.after
        webhook = Webhook(
            url=str(body.url), secret=secret, kinds=list(body.kinds), after=after, next_at=now, created_at=now
        )
        session.add(webhook)
        session.flush()
        record_audit(session, caller.actor, "add_webhook", at=now, subject=webhook.id)
        announce(session, NUMBERED)
        return WebhookView.of(webhook, last=last, secret=secret)

    return await store.write(write)


@router.patch("/{webhook_id}")
async def change_webhook(
    webhook_id: str,
    body: WebhookChange,
    caller: AdminCaller,
    store: StoreDep,
    clock: ClockDep,
    destinations: DestinationsDep,
) -> WebhookView:
    """Change an address or its kinds, or pause it: nothing is sent then, and nothing lost."""
    if body.url is not None:
        await _check(destinations, body.url)
    now = clock.now()

    def write(session: Session) -> WebhookView:
        webhook = _found(session, webhook_id)
        if body.url is not None:
            webhook.url = str(body.url)
        if body.kinds is not None:
            webhook.kinds = list(body.kinds)
        if body.paused is not None:
            webhook.paused_at = now if body.paused else None
        webhook.next_at, webhook.failures = now, 0
        record_audit(session, caller.actor, "change_webhook", at=now, subject=webhook_id)
        announce(session, NUMBERED)
        return WebhookView.of(webhook, last=last_event_id(session))

    return await store.write(write)


@router.post("/{webhook_id}/secret")
async def replace_secret(webhook_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> WebhookView:
    """Make a new secret, which is in this answer and in no other. For a day the earlier one signs as well."""
    now, secret = clock.now(), new_token("hook")

    def write(session: Session) -> WebhookView:
        webhook = _found(session, webhook_id)
        webhook.previous_secret, webhook.previous_until = webhook.secret, now + OVERLAP
        webhook.secret = secret
        record_audit(session, caller.actor, "replace_webhook_secret", at=now, subject=webhook_id)
        return WebhookView.of(webhook, last=last_event_id(session), secret=secret)

    return await store.write(write)


@router.post("/{webhook_id}/replay")
async def replay(
    webhook_id: str, body: FromEvent, caller: AdminCaller, store: StoreDep, clock: ClockDep
) -> WebhookView:
    """Send everything after an event (again), at once; with a later event than the last, pass over what is between."""
    now = clock.now()

    def write(session: Session) -> WebhookView:
        webhook = _found(session, webhook_id)
        webhook.after, webhook.next_at, webhook.failures = body.after, now, 0
        record_audit(session, caller.actor, "replay_webhook", at=now, subject=webhook_id)
        announce(session, NUMBERED)
        return WebhookView.of(webhook, last=last_event_id(session))

    return await store.write(write)


@router.get("/{webhook_id}/deliveries")
async def show_deliveries(
    webhook_id: str, _: AdminCaller, store: StoreDep, limit: Annotated[int, Query(ge=1, le=200)] = 20
) -> Deliveries:
    """Show what became of the last events that were sent."""

    def read(session: Session) -> Deliveries:
        _found(session, webhook_id, lock=False)
        mine = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
        rows = session.scalars(mine.order_by(WebhookDelivery.id.desc()).limit(limit))
        return Deliveries(deliveries=[DeliveryView.of(row) for row in rows])

    return await store.read(read)


@router.delete("/{webhook_id}")
async def end_webhook(webhook_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> dict[str, Any]:
    """Send nothing there any more."""
    now = clock.now()

    def write(session: Session) -> None:
        _found(session, webhook_id).disabled_at = now
        record_audit(session, caller.actor, "end_webhook", at=now, subject=webhook_id)

    await store.write(write)
    return {}


def _found(session: Session, webhook_id: str, *, lock: bool = True) -> Webhook:
    webhook = session.get(Webhook, webhook_id, with_for_update=lock or None)
    if webhook is None or webhook.disabled_at is not None:
        raise not_found("This webhook")
    return webhook


async def _check(destinations: Destinations, url: HttpUrl) -> None:
    """Refuse an address that events may not be sent to.

    Raises:
        ApiError: 422, with what is wrong and which setting would allow it.
    """
    try:
        await destinations.find(str(url.host).strip("[]"), url.port or 443)
    except AddressRefused as refused:
        raise ApiError(422, "address_refused", say("errors.address_refused", why=str(refused))) from None
