"""How fast one customer may write, and one address may open conversations: a burst, then one a second."""

from __future__ import annotations

from threading import Lock

from api.clock import Clock
from api.errors import ApiError
from api.strings.catalogue import say

REMEMBERED = 10_000  # conversations or addresses; one that is forgotten starts with a full burst again


class Pace:
    """A bucket for each conversation or address, refilled at one a second; counted in this process.

    Args:
        burst: how many may come at once; 0 for no limit.
        clock: refills by its monotonic time.
        refusal: key of the sentence that a refused caller reads.
    """

    def __init__(self, burst: int, clock: Clock, refusal: str) -> None:
        self._burst = burst
        self._clock = clock
        self._refusal = refusal
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def admit(self, whose: str) -> None:
        """Count one message or one new conversation.

        Raises:
            ApiError: 429 with Retry-After; it was not counted.
        """
        if not self._burst:
            return
        with self._lock:
            now = self._clock.monotonic()
            left, since = self._left.pop(whose, (float(self._burst), now))
            left = min(float(self._burst), left + now - since)
            self._left[whose] = (left - 1 if left >= 1 else left, now)
            if len(self._left) > REMEMBERED:
                del self._left[next(iter(self._left))]  # the one that has been quiet for longest
        if left < 1:
            raise ApiError(429, "too_many_requests", say(self._refusal), headers={"Retry-After": "1"})
