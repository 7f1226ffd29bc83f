"""Queues without a desk: is a customer told the truth about their wait, whatever kind of day it is?

    .venv/bin/python -m benchmarks.desk.queues     (with PYTHONPATH=clients)

Each kind of day is a queue that is served in order of asking. Customers come as a Poisson process and have exponential
patience; agents' chats last exponentially long, and agents take breaks unannounced. Every customer who is served was
told two waits when they came, by `api.conversations.waits.guess` from what had happened until then.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from api.conversations.waits import Stay, guess
from benchmarks.desk.reckoning import Calibration, Wait, calibration_of

CUSTOMERS = 200
SHORTEST_CHAT_S = 60.0
WORKS_S, BREAK_S = 1800.0, 240.0  # of an agent, who has two chats at once
LOOKS_S = 8.0  # within so many seconds an agent with room sees who waits
OPENING = datetime(2026, 6, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of day; durations are means, in seconds."""

    between_s: float  # two customers
    chats: int = 20  # at once, by all agents together
    chat_s: float = 300.0
    patience_s: float = 900.0
    rush: bool = False  # more than twice as many customers in its third tenth to its sixth

    def between(self, share: float) -> float:
        """Return the seconds between two customers once a share of them has come."""
        if not self.rush:
            return self.between_s
        return self.between_s * (0.6 if 0.3 < share < 0.6 else 1.4)


KINDS = {
    "calm": Kind(24),
    "busy": Kind(17),
    "overfull": Kind(13),
    "a rush": Kind(18, rush=True),
    "two agents": Kind(120, chats=4),
    "two busy agents": Kind(85, chats=4),
}


@dataclass(slots=True)
class Customer:
    """One who came."""

    asked_s: float
    place: int
    taken_s: float | None = None
    left_s: float | None = None

    def stay(self, now_s: float) -> Stay:
        """Return their stay in the queue as far as it is known."""
        ended = self.taken_s if self.taken_s is not None else self.left_s
        return Stay(_at(self.asked_s), None if ended is None or ended > now_s else _at(ended))


class Day:
    """A day's events, in order."""

    def __init__(self, kind: Kind, seed: int) -> None:
        self._kind, self._dice = kind, random.Random(seed)
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._queue: list[Customer] = []
        self._free = kind.chats
        self.customers: list[Customer] = []
        self._open = True
        self._numbers = count()  # events of one moment happen in the order they were planned

    def run(self) -> list[Customer]:
        """Live through it; return the customers in order of coming."""
        at_s = 0.0
        for number in range(CUSTOMERS):
            at_s += self._dice.expovariate(1 / self._kind.between(number / CUSTOMERS))
            self._plan(at_s, self._come)
        self._plan(at_s, self._close)
        for _ in range(self._kind.chats // 2):
            self._plan(self._dice.expovariate(1 / WORKS_S), self._go)
        while self._events:
            now_s, _, happens = heapq.heappop(self._events)
            happens(now_s)
        return self.customers

    def _plan(self, at_s: float, happens: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (at_s, next(self._numbers), happens))

    def _come(self, now_s: float) -> None:
        customer = Customer(now_s, len(self._queue) + 1)
        self.customers.append(customer)
        self._queue.append(customer)
        self._plan(now_s + self._dice.expovariate(1 / self._kind.patience_s), lambda at_s: self._leave(customer, at_s))
        self._take(now_s)

    def _leave(self, customer: Customer, now_s: float) -> None:
        if customer in self._queue:
            self._queue.remove(customer)
            customer.left_s = now_s

    def _take(self, now_s: float) -> None:
        while self._free > 0 and self._queue:
            self._free -= 1
            customer = self._queue.pop(0)
            customer.taken_s = now_s + self._dice.uniform(0, LOOKS_S)
            lasts_s = SHORTEST_CHAT_S + self._dice.expovariate(1 / self._kind.chat_s)
            self._plan(customer.taken_s + lasts_s, lambda at_s: self._more_room(1, at_s))

    def _more_room(self, chats: int, now_s: float) -> None:
        self._free += chats
        self._take(now_s)

    def _go(self, now_s: float) -> None:
        if self._open:
            self._free -= 2
            self._plan(now_s + self._dice.expovariate(1 / BREAK_S), self._come_back)

    def _come_back(self, now_s: float) -> None:
        self._more_room(2, now_s)
        self._plan(now_s + self._dice.expovariate(1 / WORKS_S), self._go)

    def _close(self, _: float) -> None:
        self._open = False


def told(customers: list[Customer]) -> Iterator[Wait]:
    """Yield the wait of everyone who was served and had been told one."""
    for customer in customers:
        if customer.taken_s is None:
            continue
        now_s = customer.asked_s
        stays = [one.stay(now_s) for one in customers if one.asked_s <= now_s]
        if found := guess(stays, customer.place, now=_at(now_s)):
            yield Wait(now_s, customer.taken_s - now_s, customer.place, *found)


def measure(kind: Kind, days: int, seed: int) -> Calibration | None:
    """Compare what was told on some days of a kind with what came."""
    return calibration_of(wait for day in range(days) for wait in told(Day(kind, seed + day).run()))


def main() -> None:
    """Print, for each kind of day, how often each of the two waits held, and by how much they were wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk.queues", description=__doc__)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print("| a day | served and told | within the likely | within the longer | median error | loss of each |")
    print("|---|---|---|---|---|---|")
    for name, kind in KINDS.items():
        found = measure(kind, given.days, given.seed)
        if found is not None:
            held = f"{found.within_likely:.2f} | {found.within_most:.2f}"
            losses = f"{found.pinball_likely_s} s, {found.pinball_most_s} s"
            print(f"| {name} | {found.told} | {held} | {found.median_error_s} s | {losses} |")


def _at(seconds: float) -> datetime:
    return OPENING + timedelta(seconds=seconds)


if __name__ == "__main__":
    main()
