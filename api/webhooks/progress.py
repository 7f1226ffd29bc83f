"""How far each webhook has got: who may be sent something, what comes next, and what became of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.desk.events import events_after
from api.hand_off.packet import PacketInvalid, packet_of
from api.security.callers import Staff
from api.store.events import last_event_id
from api.store.tables import Conversation, Webhook, WebhookDelivery

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=30)  # another process leaves a webhook alone for so long; renewed with every event
LONGEST_PAUSE = timedelta(hours=1)
AT_ONCE = 32  # events read, and so held in memory, at a time for one webhook
KEPT = 200  # deliveries remembered of each webhook
EVERYBODY = Staff("webhook", "webhook", None, "admin", (), "token", "")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A webhook that this process serves for now."""

    webhook_id: str
    url: str
    secrets: tuple[str, ...]  # sign together; the second one is being replaced
    kinds: frozenset[str]  # empty: all
    after: int  # the last event it has had


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one webhook is to be sent next."""

    frames: list[dict[str, Any]]
    after: int  # the last event looked at, wanted or not


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send one event."""

    event_id: int
    kind: str
    status: int | None  # of the answer; None when there was none
    problem: str | None  # None: taken
    took_ms: int


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the webhooks for which there is something new and that may be sent it now."""
    return list(
        session.scalars(
            select(Webhook.id)
            .where(
                Webhook.disabled_at.is_(None),
                Webhook.paused_at.is_(None),
                Webhook.next_at <= now,
                Webhook.after < last_event_id(session),
            )
            .order_by(Webhook.created_at, Webhook.id)
        )
    )


def claim(session: Session, webhook_id: str, *, now: datetime) -> Claimed | None:
    """Take a webhook for this process; None when it must not be served now, or another was quicker."""
    mine = session.execute(
        update(Webhook)
        .where(
            Webhook.id == webhook_id,
            Webhook.disabled_at.is_(None),
            Webhook.paused_at.is_(None),
            Webhook.next_at <= now,
        )
        .values(next_at=now + CLAIM)
        .returning(Webhook.id)
    ).first()
    if mine is None:
        return None
    webhook = session.get_one(Webhook, webhook_id, populate_existing=True)
    overlap = webhook.previous_until is not None and now < webhook.previous_until
    secrets = (webhook.secret, *([webhook.previous_secret] if overlap and webhook.previous_secret else []))
    return Claimed(webhook.id, webhook.url, secrets, frozenset(webhook.kinds or ()), webhook.after)


def parcel_for(session: Session, webhook: Claimed, *, now: datetime) -> Parcel:
    """Return a webhook's next events, with the packet of every chat that waits."""
    page = events_after(session, EVERYBODY, webhook.after, now=now, limit=AT_ONCE)
    wanted = [frame for frame in page.frames if not webhook.kinds or frame["kind"] in webhook.kinds]
    return Parcel([_complete(session, frame) for frame in wanted], page.after)


def move_on(
    session: Session, webhook_id: str, step: tuple[int, int], *, until: datetime, attempt: Attempt | None = None
) -> bool:
    """Note that everything up to an event is done with; return whether the webhook still stood where we left it."""
    moved = session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id, Webhook.after == step[0], Webhook.disabled_at.is_(None))
        .values(after=step[1], failures=0, last_error=None, next_at=until)
        .returning(Webhook.id)
    ).first()
    if attempt is not None:
        _remember(session, webhook_id, attempt, at=until - CLAIM)
    return moved is not None


def note_failure(session: Session, webhook_id: str, attempt: Attempt, *, now: datetime) -> None:
    """Note that an event was not taken, and wait twice as long as the last time."""
    webhook = session.get(Webhook, webhook_id)
    if webhook is not None:
        webhook.failures += 1
        webhook.last_error = attempt.problem
        webhook.next_at = now + min(LONGEST_PAUSE, timedelta(seconds=2 ** min(webhook.failures, 12)))
        _remember(session, webhook_id, attempt, at=now)


def _remember(session: Session, webhook_id: str, attempt: Attempt, *, at: datetime) -> None:
    """Keep what became of an event, and forget the oldest."""
    session.add(
        WebhookDelivery(
            webhook_id=webhook_id,
            event_id=attempt.event_id,
            kind=attempt.kind,
            status=attempt.status,
            problem=attempt.problem,
            took_ms=attempt.took_ms,
            at=at,
        )
    )
    session.flush()
    mine = select(WebhookDelivery.id).where(WebhookDelivery.webhook_id == webhook_id)
    oldest = session.scalar(mine.order_by(WebhookDelivery.id.desc()).offset(KEPT).limit(1))
    if oldest is not None:
        session.execute(
            delete(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.id <= oldest)
        )


def _complete(session: Session, frame: dict[str, Any]) -> dict[str, Any]:
    """Add the hand-off packet to the event of a chat that waits; one that breaks its schema is never sent."""
    if frame["kind"] != "queue" or frame["payload"].get("gone"):
        return frame
    conversation = session.get(Conversation, frame["conversation_id"])
    if conversation is None:
        return frame
    try:
        packet = packet_of(session, conversation)
    except PacketInvalid:
        logger.exception("a packet breaks its schema", extra={"conversation_id": conversation.id})
        return frame
    return {**frame, "hand_off": packet.model_dump(mode="json") if packet is not None else None}
