"""Live wake-ups inside one API process. They are only hints: whoever is woken reads the rows, which are the truth."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def conversation_topic(conversation_id: str) -> str:
    """Return the topic announced whenever a conversation has a new message or another owner."""
    return f"conversation:{conversation_id}"


class Wakeups:
    """Topics and who waits for them. `publish` may be called from any thread, the rest from the event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver on `loop` from now on."""
        self._loop = loop

    def publish(self, *topics: str) -> None:
        """Wake everyone who waits for one of `topics`."""
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):  # closed just now: nobody waits any more
                self._loop.call_soon_threadsafe(self._wake, topics)

    @contextmanager
    def subscribe(self, *topics: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set at each wake-up; clear it before reading the rows, so that none is missed."""
        event = asyncio.Event()
        for topic in topics:
            self._waiting[topic].add(event)
        try:
            yield event
        finally:
            for topic in topics:
                self._waiting[topic].discard(event)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    def _wake(self, topics: tuple[str, ...]) -> None:
        for topic in topics:
            for event in self._waiting.get(topic, ()):
                event.set()


async def woken(event: asyncio.Event, timeout_s: float) -> bool:
    """Wait for `event` at most `timeout_s`; return whether it came."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
