"""When a call is made again: never so that something happens twice."""

from __future__ import annotations

import random
from dataclasses import dataclass

import httpx

NOTHING_HAPPENED = frozenset({429, 503})  # the server says so, and when to come back
MAYBE_HAPPENED = frozenset({500, 502, 504})
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how soon a call is made again.

    Attributes:
        tries: the first included, at least 1.
        first_pause_s: before the second try, about; each later pause is twice as long.
        longest_pause_s: no pause is longer, whatever the server asks for.
    """

    tries: int = 5
    first_pause_s: float = 0.4
    longest_pause_s: float = 10.0

    def pause_s(self, tried: int, *, asked_s: float | None = None) -> float:
        """Return how long to wait after a number of tries; at random, so that not everybody comes back at once."""
        planned = self.first_pause_s * 2 ** (tried - 1)
        pause = asked_s if asked_s is not None else planned * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        return min(self.longest_pause_s, pause)


def is_worth_another(outcome: httpx.Response | httpx.TransportError, *, repeatable: bool) -> bool:
    """Say whether a call that ended so may be made again.

    Args:
        outcome: the answer, or why there was none.
        repeatable: whether making it twice is the same as making it once.
    """
    if isinstance(outcome, httpx.Response):
        return outcome.status_code in NOTHING_HAPPENED or (repeatable and outcome.status_code in MAYBE_HAPPENED)
    return repeatable or isinstance(outcome, NEVER_LEFT)


def asked_pause_s(outcome: httpx.Response | httpx.TransportError) -> float | None:
    """Return how long the server asks to wait, if it does."""
    value = outcome.headers.get("Retry-After", "") if isinstance(outcome, httpx.Response) else ""
    return float(value) if value.isascii() and value.isdigit() else None
