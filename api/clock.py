"""The clock the API goes by. Wall time is for showing; every wait and order uses `monotonic` or a row's number."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """The machine's clock; tests pass one they can move."""

    def now(self) -> datetime:
        """Return the wall time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds from some start; never goes back."""
        return time.monotonic()
