"""How fast one customer may write: a burst, then one message a second."""

from __future__ import annotations

from threading import Lock

from api.clock import Clock
from api.errors import ApiError
from api.strings.catalogue import say

REMEMBERED = 10_000  # conversations; one that is forgotten starts with a full burst again


class Pace:
    """A bucket of `burst` messages for each conversation, refilled at one a second; counted in this process.

    Args:
        burst: how many may come at once; 0 for no limit.
        clock: refills by its monotonic time.
    """

    def __init__(self, burst: int, clock: Clock) -> None:
        self._burst = burst
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def admit(self, conversation_id: str) -> None:
        """Count one message.

        Raises:
            ApiError: 429 with Retry-After; the message was not counted.
        """
        if not self._burst:
            return
        with self._lock:
            now = self._clock.monotonic()
            left, since = self._left.pop(conversation_id, (float(self._burst), now))
            left = min(float(self._burst), left + now - since)
            self._left[conversation_id] = (left - 1 if left >= 1 else left, now)
            if len(self._left) > REMEMBERED:
                del self._left[next(iter(self._left))]  # the one that has been quiet for longest
        if left < 1:
            raise ApiError(429, "too_many_requests", say("errors.too_fast"), headers={"Retry-After": "1"})
