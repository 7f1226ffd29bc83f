"""The two endless tasks: work off what Chatwoot sent, and carry over what happens in Deskmate."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import Any

from deskmate_chatwoot.adapter import Adapter
from deskmate_chatwoot.chatwoot import ChatwootFailed
from deskmate_chatwoot.memory import Memory
from deskmate_chatwoot.payloads import ChatKey, SaidEvent, StatusEvent, read_event
from deskmate_client import AsyncDesk, Event, HistoryChanged, Refused, Unreachable

logger = logging.getLogger(__name__)

PAUSE_S = 5.0  # before something that failed is tried again
GIVE_UP_AFTER = 2  # tries, each with the client's own; then the agents get the conversation


class Inbox:
    """Works off the events of Chatwoot: those of one conversation in order, different ones side by side.

    Args:
        adapter: deals with each.
        memory: where they wait.
        pause_s: before something that failed is tried again.
    """

    def __init__(self, adapter: Adapter, memory: Memory, *, pause_s: float = PAUSE_S) -> None:
        self._adapter = adapter
        self._memory = memory
        self._pause_s = pause_s
        self.news = asyncio.Event()
        self._failed: dict[ChatKey, int] = defaultdict(int)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self.news.clear()
            if not await self.work_off():
                await _woken(self.news, self._pause_s)
            else:
                await self.news.wait()

    async def work_off(self) -> bool:
        """Deal with everything that waits; return whether nothing is left over for later."""
        by_chat: dict[ChatKey, list[tuple[int, SaidEvent | StatusEvent]]] = defaultdict(list)
        for inbox_id, body in self._memory.waiting():
            event = read_event(body)
            if event is None:
                self._memory.dealt_with(inbox_id)
            else:
                by_chat[event.key].append((inbox_id, event))
        return all(await asyncio.gather(*(self._one_chat(key, events) for key, events in by_chat.items())))

    async def _one_chat(self, key: ChatKey, events: list[tuple[int, SaidEvent | StatusEvent]]) -> bool:
        for inbox_id, event in events:
            try:
                await self._adapter.hear(event)
            except (Unreachable, ChatwootFailed) as failed:
                logger.warning("an event waits: %s", failed, extra={"chat": str(key)})
                await self._failed_again(key, failed)
                return False
            except Exception:
                logger.exception("an event could not be dealt with and is left", extra={"chat": str(key)})
            self._failed.pop(key, None)
            self._memory.dealt_with(inbox_id)
        return True

    async def _failed_again(self, key: ChatKey, failed: Exception) -> None:
        self._failed[key] += 1
        if self._failed[key] == GIVE_UP_AFTER and isinstance(failed, Unreachable):
            try:
                await self._adapter.give_up_waiting(key)
            except ChatwootFailed:
                logger.exception("neither side can be reached", extra={"chat": str(key)})


class Outbox:
    """Carries what happens in Deskmate to Chatwoot, in order, from where it stopped.

    Args:
        adapter: deals with each event.
        desk: where they come from.
        memory: how far they were dealt with.
        pause_s: before something that failed is tried again.
    """

    def __init__(self, adapter: Adapter, desk: AsyncDesk, memory: Memory, *, pause_s: float = PAUSE_S) -> None:
        self._adapter = adapter
        self._desk = desk
        self._memory = memory
        self._pause_s = pause_s

    async def begin(self) -> None:
        """Find where to begin; the first time that is the present end of the log.

        Raises:
            Unreachable: Deskmate is away.
            Refused: the token is wrong.
        """
        if self._memory.place is None:
            page = await self._desk.read_events()
            self._memory.note_place(page.after, page.epoch)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.begin()
                await self._follow()
            except HistoryChanged as changed:
                logger.warning("Deskmate was restored; going on from event %s", changed.after)
                self._memory.note_place(changed.after, changed.epoch)
            except (Unreachable, Refused, ChatwootFailed) as failed:
                logger.warning("events wait: %s", failed)
                await asyncio.sleep(self._pause_s)

    async def _follow(self) -> None:
        after, epoch = self._memory.place or (None, None)
        async for event in self._desk.events(after=after, epoch=epoch):
            await self._carry(event)
            self._memory.note_place(event.event_id, event.epoch)

    async def _carry(self, event: Event) -> None:
        try:
            await self._adapter.tell(event)
        except ChatwootFailed:
            raise
        except Exception:
            logger.exception("an event could not be carried over", extra={"event_id": event.event_id})


def name_of(body: dict[str, Any], delivery: str) -> str:
    """Return what makes an event one event: of messages their number, of others Chatwoot's own delivery number.

    The same message comes twice when an account webhook and the bot's both lead here, or when somebody sends it again.
    """
    event = read_event(body)
    if isinstance(event, SaidEvent):
        return f"{event.key}/message/{event.message_id}/{event.pressed or ''}"
    return f"delivery/{delivery}"


async def _woken(event: asyncio.Event, timeout_s: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout_s)
    except asyncio.TimeoutError:
        return
