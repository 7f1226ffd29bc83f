"""The task that sends events to webhooks.

Each webhook is a place in the log of events. It moves on only past an event that the other side has taken, so events
come in order and at least once; `event_id` tells a repeated one. While an address fails, it is tried again, ever more
seldom, and nothing is left out.
"""

from __future__ import annotations

import json
import logging
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import httpx
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.background import Background
from api.clock import Clock
from api.conversations.wakeups import Wakeups, woken
from api.desk.events import events_after
from api.hand_off.packet import PacketInvalid, packet_of
from api.security.callers import Staff
from api.store.database import Store
from api.store.events import NUMBERED
from api.store.tables import Conversation, Webhook
from api.webhooks.signing import HEADER, sign

logger = logging.getLogger(__name__)

RECHECK_S = 5.0
TAKE_WITHIN_S = 10.0  # an address that needs longer to take one event has failed
CLAIM = timedelta(seconds=30)  # another process leaves a webhook alone for so long; renewed with every event
LONGEST_PAUSE = timedelta(hours=1)
EVERYBODY = Staff("webhook", "webhook", None, "admin", (), "token", "")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one webhook is to be sent next."""

    webhook_id: str
    url: str
    secret: str
    frames: list[dict[str, Any]]
    start: int  # the last event it had before
    after: int  # the last event looked at, wanted or not


class Sender(Background):
    """Sends from every API process; a webhook is served by one of them at a time."""

    def __init__(self, store: Store, wakeups: Wakeups, clock: Clock) -> None:
        self._store = store
        self._wakeups = wakeups
        self._clock = clock

    async def send_due(self) -> int:
        """Send what is due to everyone; return how many events were taken."""
        now = self._clock.now()
        waiting = await self._store.read(lambda session: due(session, now=now))
        if not waiting:
            return 0
        taken = 0
        async with httpx.AsyncClient(
            timeout=TAKE_WITHIN_S, follow_redirects=False, trust_env=False, verify=_authorities()
        ) as client:
            for webhook_id in waiting:
                parcel = await self._store.write(partial(claim, webhook_id=webhook_id, now=self._clock.now()))
                if parcel is not None:
                    taken += await self._deliver(client, parcel)
        return taken

    async def _deliver(self, client: httpx.AsyncClient, parcel: Parcel) -> int:
        """Send a parcel's events one by one until one is not taken."""
        reached = parcel.start
        for count, frame in enumerate(parcel.frames):
            problem = await self._post(client, parcel, frame)
            now = self._clock.now()
            if problem is not None:
                logger.warning("webhook failed: %s", problem, extra={"webhook_id": parcel.webhook_id})
                failed = partial(note_failure, webhook_id=parcel.webhook_id, problem=problem, now=now)
                await self._store.write(failed)
                return count
            step = (reached, int(frame["event_id"]))
            moved = partial(move_on, webhook_id=parcel.webhook_id, step=step, until=now + CLAIM)
            if not await self._store.write(moved):
                return count + 1  # it was sent back to an earlier event meanwhile, or ended
            reached = step[1]
        now = self._clock.now()
        await self._store.write(lambda s: move_on(s, parcel.webhook_id, (reached, parcel.after), until=now))
        return len(parcel.frames)

    async def _post(self, client: httpx.AsyncClient, parcel: Parcel, frame: dict[str, Any]) -> str | None:
        """Send one event; return why it was not taken, or None."""
        body = json.dumps(frame, ensure_ascii=False).encode()
        signature = sign(parcel.secret, body, at_s=int(self._clock.now().timestamp()))
        headers = {"Content-Type": "application/json", HEADER: signature, "Deskmate-Event": str(frame["event_id"])}
        try:
            answer = await client.post(parcel.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        return None if answer.is_success else f"status {answer.status_code}"

    async def _run(self) -> None:
        with self._wakeups.subscribe(NUMBERED) as event:
            while True:
                event.clear()
                try:
                    while await self.send_due():
                        pass
                except Exception:
                    logger.exception("webhooks could not be served; trying again")
                await woken(event, RECHECK_S)


@cache
def _authorities() -> ssl.SSLContext:
    """Return whom we trust to name servers; read once, for reading it takes longer than a turn of the bot."""
    return httpx.create_ssl_context(trust_env=False)


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the webhooks that may be sent something now."""
    return list(
        session.scalars(
            select(Webhook.id)
            .where(Webhook.disabled_at.is_(None), Webhook.next_at <= now)
            .order_by(Webhook.created_at, Webhook.id)
        )
    )


def claim(session: Session, webhook_id: str, *, now: datetime) -> Parcel | None:
    """Take a webhook for this process and return its next events; None when there are none, or another was quicker."""
    mine = session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id, Webhook.disabled_at.is_(None), Webhook.next_at <= now)
        .values(next_at=now + CLAIM)
        .returning(Webhook.id)
    ).first()
    if mine is None:
        return None
    webhook = session.get_one(Webhook, webhook_id, populate_existing=True)
    page = events_after(session, EVERYBODY, webhook.after, now=now)
    wanted = [frame for frame in page.frames if not webhook.kinds or frame["kind"] in webhook.kinds]
    if page.after == webhook.after:
        webhook.next_at = now
        return None
    frames = [_complete(session, frame) for frame in wanted]
    return Parcel(webhook.id, webhook.url, webhook.secret, frames, webhook.after, page.after)


def move_on(session: Session, webhook_id: str, step: tuple[int, int], *, until: datetime) -> bool:
    """Note that everything up to an event is done with; return whether the webhook still stood where we left it."""
    moved = session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id, Webhook.after == step[0], Webhook.disabled_at.is_(None))
        .values(after=step[1], failures=0, last_error=None, next_at=until)
        .returning(Webhook.id)
    ).first()
    return moved is not None


def note_failure(session: Session, webhook_id: str, problem: str, *, now: datetime) -> None:
    """Note that an event was not taken, and wait twice as long as the last time."""
    webhook = session.get(Webhook, webhook_id)
    if webhook is not None:
        webhook.failures += 1
        webhook.last_error = problem
        webhook.next_at = now + min(LONGEST_PAUSE, timedelta(seconds=2 ** min(webhook.failures, 12)))


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
