"""Where an order is: the face of a company's order system, and a small demo of one.

A company replaces the demo by a class with the same method and names it in DESKMATE_ORDERS, as `module:Class`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from actions.adapters import adapter

DEMO_FILE = Path(__file__).with_name("demo_orders.json")
STATES = ("packing", "on_its_way", "delivered", "delayed", "cancelled")


class OrdersUnavailable(Exception):
    """The order system does not answer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer may be told about an order."""

    number: str
    state: str  # one of STATES
    day: date  # when it leaves, arrives, arrived or was cancelled, by state
    carrier: str = ""
    tracking: str = ""
    note: str = ""


class Orders(Protocol):
    """A company's order system."""

    async def find(self, number: str, postcode: str) -> Order | None:
        """Return the order, or None unless both number and delivery postcode fit.

        Raises:
            OrdersUnavailable: the system does not answer.
        """


class DemoOrders:
    """Tarnwick's orders, from a small file; its days count from today."""

    def __init__(self, path: Path = DEMO_FILE, today: date | None = None) -> None:
        self._orders = {row["number"]: row for row in json.loads(path.read_text(encoding="utf-8"))}
        self._today = today

    async def find(self, number: str, postcode: str) -> Order | None:
        """Return the order, or None unless both number and delivery postcode fit."""
        row = self._orders.get(number)
        if row is None or _bare(row["postcode"]) != _bare(postcode):
            return None
        return Order(
            number=number,
            state=row["state"],
            day=(self._today or date.today()) + timedelta(days=row["in_days"]),
            carrier=row.get("carrier", ""),
            tracking=row.get("tracking", ""),
            note=row.get("note", ""),
        )


@lru_cache(maxsize=1)
def orders() -> Orders:
    """Return the order system of this installation."""
    system: Orders = adapter("DESKMATE_ORDERS", DemoOrders)
    return system


def _bare(postcode: str) -> str:
    return "".join(character for character in postcode.upper() if character.isalnum())
