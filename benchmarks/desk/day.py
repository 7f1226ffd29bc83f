"""One simulated day: customers come as a Poisson process, agents work, and everything is looked at afterwards."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.desk.office import Office, open_office
from benchmarks.desk.people import Agent, Customer, Habits, Visit
from benchmarks.desk.reckoning import Wait, report, waits_of
from deskmate_client import AsyncDesk, Event

CLOSING_TIME_S = 120.0  # real seconds for the last customers once nobody else comes; more means that a chat is lost


@dataclass(frozen=True, slots=True)
class Day:
    """What came of it."""

    report: dict[str, Any]
    waits: list[Wait]


def simulate(
    conversations: Sequence[Sequence[str]], var: Path, *, agents: int, speed: float, habits: Habits, seed: int
) -> Day:
    """Run a day and reckon it up.

    Args:
        conversations: what each customer says, in order, at least one line each.
        var: folder for the database.
        agents: how many work.
        speed: simulated seconds a second.
        habits: how people behave.
        seed: of all dice; the order of things still depends on the machine.
    """
    with open_office(var, agents=agents, speed=speed) as office:
        visits, workers, events = asyncio.run(_day(office, conversations, habits, seed))
        present_s = sum(worker.present_s for worker in workers)
        counted = report(office.store, visits, events, present_s=present_s, chats_at_once=habits.chats_at_once)
        return Day(counted | {"takes_too_late": sum(one.too_late for one in workers)}, waits_of(office.store))


async def _day(
    office: Office, conversations: Sequence[Sequence[str]], habits: Habits, seed: int
) -> tuple[list[Visit], list[Agent], list[Event]]:
    dice = random.Random(seed)
    workers = [Agent(office, token, habits, random.Random(dice.random())) for token in office.tokens]
    working = [asyncio.create_task(worker.work()) for worker in workers]
    customers: list[Customer] = []
    coming: list[asyncio.Task[Visit]] = []
    for number, texts in enumerate(conversations, start=1):
        await asyncio.sleep(office.real_s(dice.expovariate(1 / habits.between_customers_s)))
        customers.append(Customer(office, texts, habits, random.Random(dice.random())))
        coming.append(asyncio.create_task(customers[-1].come()))
        print(f"\r{number}/{len(conversations)} customers", end="", file=sys.stderr)
    print(file=sys.stderr)
    _, late = await asyncio.wait(coming, timeout=CLOSING_TIME_S)
    for task in [*late, *working]:
        task.cancel()
    await asyncio.gather(*late, *working, return_exceptions=True)
    for task in coming:
        if not task.cancelled() and (failure := task.exception()) is not None:
            print(f"a visit broke off: {failure}", file=sys.stderr)  # it stays "unfinished" in the report
    return [customer.visit for customer in customers], workers, await _events(office)


async def _events(office: Office) -> list[Event]:
    """Read the whole log, as any other desk may."""
    async with AsyncDesk(office.url, office.watcher) as watcher:
        page = await watcher.read_events()
        events, after = [], 0
        while after < page.after:
            some = await watcher.read_events(after=after, epoch=page.epoch)
            events += some.events
            after = some.after
        return events
