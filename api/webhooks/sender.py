"""The task that sends events to webhooks.

Each webhook is a place in the log of events. It moves on only past an event that the other side has taken, so events
come in order and at least once; `event_id` tells a repeated one. While an address fails, it is tried again, ever more
seldom, and nothing is left out. Every webhook is served by a task of its own, so a slow one holds up no other.
"""

from __future__ import annotations

import asyncio
import json
import logging
from functools import partial
from typing import Any

import httpx

from api.background import Background
from api.clock import Clock
from api.conversations.wakeups import Wakeups, woken
from api.security.authorities import authorities
from api.store.database import Store
from api.store.events import NUMBERED
from api.webhooks.addresses import AddressRefused, Destinations
from api.webhooks.progress import CLAIM, Attempt, Claimed, claim, due, move_on, note_failure, parcel_for
from api.webhooks.signing import HEADER, sign

logger = logging.getLogger(__name__)

RECHECK_S = 5.0
TAKE_WITHIN_S = 10.0  # an address that needs longer to take one event has failed


class Sender(Background):
    """Sends from every API process; a webhook is served by one of them at a time."""

    def __init__(self, store: Store, wakeups: Wakeups, clock: Clock, destinations: Destinations) -> None:
        self._store = store
        self._wakeups = wakeups
        self._clock = clock
        self._destinations = destinations
        self._serving: dict[str, asyncio.Task[int]] = {}
        self._again: set[str] = set()  # being served while there was news: to be looked at once more

    async def send_due(self) -> int:
        """Send what is due, to everyone at the same time; return how many events were taken."""
        return sum(await asyncio.gather(*await self._begin()))

    async def _begin(self) -> list[asyncio.Task[int]]:
        """Start serving whoever is due and is not being served."""
        self._again.update(self._serving)
        now = self._clock.now()
        waiting = await self._store.read(lambda session: due(session, now=now))
        begun = {one: asyncio.create_task(self._serve(one)) for one in waiting if one not in self._serving}
        self._serving.update(begun)
        return list(begun.values())

    async def _serve(self, webhook_id: str) -> int:
        """Send one webhook everything there is, until an event is not taken; return how many were."""
        taken = 0
        try:
            async with httpx.AsyncClient(follow_redirects=False, trust_env=False, verify=authorities()) as client:
                while True:
                    self._again.discard(webhook_id)
                    some, goes_on = await self._send_parcel(client, webhook_id)
                    taken += some
                    if not goes_on and webhook_id not in self._again:
                        return taken
        except Exception:
            logger.exception("a webhook could not be served; trying again", extra={"webhook_id": webhook_id})
            return taken
        finally:
            self._serving.pop(webhook_id, None)
            self._again.discard(webhook_id)

    async def _send_parcel(self, client: httpx.AsyncClient, webhook_id: str) -> tuple[int, bool]:
        """Send a webhook's next events one by one; return how many were taken, and whether there may be more."""
        now = self._clock.now()
        webhook = await self._store.write(partial(claim, webhook_id=webhook_id, now=now))
        if webhook is None:
            return 0, False
        parcel = await self._store.read(partial(parcel_for, webhook=webhook, now=now))
        reached = webhook.after
        for count, frame in enumerate(parcel.frames):
            attempt = await self._post(client, webhook, frame)
            now = self._clock.now()
            if attempt.problem is not None:
                logger.warning("webhook failed: %s", attempt.problem, extra={"webhook_id": webhook_id})
                await self._store.write(partial(note_failure, webhook_id=webhook_id, attempt=attempt, now=now))
                return count, False
            step = (reached, attempt.event_id)
            moved = partial(move_on, webhook_id=webhook_id, step=step, until=now + CLAIM, attempt=attempt)
            if not await self._store.write(moved):
                return count + 1, False  # it was sent back to an earlier event meanwhile, or ended
            reached = attempt.event_id
        now = self._clock.now()
        done = partial(move_on, webhook_id=webhook_id, step=(reached, parcel.after), until=now)
        return len(parcel.frames), await self._store.write(done) and parcel.after > webhook.after

    async def _post(self, client: httpx.AsyncClient, webhook: Claimed, frame: dict[str, Any]) -> Attempt:
        """Send one event and return what became of it."""
        body = json.dumps(frame, ensure_ascii=False).encode()
        began, status = self._clock.monotonic(), None
        try:
            async with asyncio.timeout(TAKE_WITHIN_S):
                status = await self._deliver(client, webhook, body, event_id=int(frame["event_id"]))
            problem = None if 200 <= status < 300 else f"status {status}"
        except AddressRefused as refused:
            problem = str(refused)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            problem = type(error).__name__
        took_ms = round(1000 * (self._clock.monotonic() - began))
        return Attempt(int(frame["event_id"]), str(frame["kind"]), status, problem, took_ms)

    async def _deliver(self, client: httpx.AsyncClient, webhook: Claimed, body: bytes, *, event_id: int) -> int:
        """Post a body to the address its host has now, and return the status of the answer, whose body is not read."""
        url = httpx.URL(webhook.url)
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await self._destinations.find(url.host, port)
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            HEADER: sign(webhook.secrets, body, at_s=int(self._clock.now().timestamp())),
            "Deskmate-Event": str(event_id),
        }
        request = client.build_request(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers=headers,
            extensions={"sni_hostname": url.host, "timeout": httpx.Timeout(TAKE_WITHIN_S).as_dict()},
        )
        answer = await client.send(request, stream=True)
        await answer.aclose()
        return answer.status_code

    async def _run(self) -> None:
        try:
            with self._wakeups.subscribe(NUMBERED) as event:
                while True:
                    event.clear()
                    try:
                        await self._begin()
                    except Exception:
                        logger.exception("webhooks could not be served; trying again")
                    await woken(event, RECHECK_S)
        finally:
            serving = list(self._serving.values())
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)
