"""Customers who have patience and agents who have breaks. Both use the public API through the Python client only."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.desk.office import Office
from deskmate_client import AsyncChat, AsyncDesk, Page, Patience, QueueEntry, Refused

Ending = Literal["served", "left", "unfinished"]


NEVER_TIRED = Patience(tries=20, longest_pause_s=3.0)  # a busy machine is not what is measured
SIGN_OF_LIFE_S = 12.0  # how often a desk lets itself be heard, at least


@dataclass(frozen=True, slots=True)
class Habits:
    """How people behave, in simulated seconds; each duration is the mean of an exponential one."""

    between_customers_s: float = 20.0
    patience_s: float = 900.0
    customer_types_s: float = 18.0
    agent_types_s: float = 22.0
    agent_looks_s: float = 8.0  # how often an agent with room for another chat looks at the queue
    works_s: float = 1800.0  # between an agent's breaks
    break_s: float = 240.0  # they just go, as people do: their desk falls silent
    chats_at_once: int = 2


@dataclass(slots=True)
class Visit:
    """One customer's visit, as they saw it."""

    conversation_id: str = ""
    ending: Ending = "unfinished"
    asked_s: float | None = None  # when they asked for a person, in simulated seconds
    taken_s: float | None = None  # when a person was there
    positions: list[tuple[float, int]] = field(default_factory=list)  # (seconds, place told) while waiting
    sent: list[str] = field(default_factory=list)  # client_msg_ids of what was acknowledged


class Customer:
    """Says the words of a recorded conversation: first to the bot, the rest to a person."""

    def __init__(self, office: Office, texts: Sequence[str], habits: Habits, dice: random.Random) -> None:
        self._office = office
        self._texts = list(texts)
        self._habits = habits
        self._dice = dice
        self.visit = Visit()

    async def come(self) -> Visit:
        """Visit the shop; returns when served, gone, or closed."""
        async with await AsyncChat.open(self._office.url, patience=NEVER_TIRED) as chat:
            self.visit.conversation_id = chat.conversation_id
            await self._say(chat)
            await chat.request_person()
            self.visit.asked_s = self._now_s()
            if not await self._wait(chat):
                return self.visit
            await self._talk(chat)
        return self.visit

    async def _wait(self, chat: AsyncChat) -> bool:
        """Wait for a person until patience ends; return whether one came."""
        patience_s = self._dice.expovariate(1 / self._habits.patience_s)
        while True:
            left_s = patience_s - (self._now_s() - (self.visit.asked_s or 0.0))
            page = await chat.read(wait_s=min(2.0, max(0.05, self._office.real_s(left_s))))
            self._note_place(page)
            if page.owner in {"agent", "closed"}:
                self.visit.taken_s = self._now_s()
                return True
            if left_s <= 0:
                with suppress(Refused):  # a person was quicker than the customer's finger
                    await chat.leave_queue()
                    self.visit.ending = "left"
                    return False

    async def _talk(self, chat: AsyncChat) -> None:
        """Answer each of the agent's lines until the chat is closed; whoever is given back waits again."""
        async for line in chat.lines(wait_s=5):
            if line.sender == "agent" and self._texts:
                await self._pause(self._habits.customer_types_s)
                await self._say(chat)
        self.visit.ending = "served"

    async def _say(self, chat: AsyncChat) -> None:
        text, name = self._texts.pop(0), f"m{len(self.visit.sent)}"
        await chat.say(text, client_msg_id=name)
        self.visit.sent.append(name)

    def _note_place(self, page: Page) -> None:
        if page.position is not None and (not self.visit.positions or self.visit.positions[-1][1] != page.position):
            self.visit.positions.append((self._now_s(), page.position))

    async def _pause(self, mean_s: float) -> None:
        await asyncio.sleep(self._office.real_s(self._dice.expovariate(1 / mean_s)))

    def _now_s(self) -> float:
        return self._office.clock.now().timestamp()


class Agent:
    """Takes whoever is proposed to them, or whoever waits, answers in turn, closes, and now and then goes away."""

    def __init__(self, office: Office, token: str, habits: Habits, dice: random.Random) -> None:
        self._office = office
        self._desk = AsyncDesk(office.url, token, patience=NEVER_TIRED)
        self._habits = habits
        self._dice = dice
        self._chats: dict[str, asyncio.Task[None]] = {}
        self._away = False
        self.present_s = 0.0
        self.too_late = 0  # takes that somebody else won

    async def work(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                await self._shift(self._dice.expovariate(1 / self._habits.works_s))
                self._away = True
                await self._sleep(self._dice.expovariate(1 / self._habits.break_s))
                self._away = False
        finally:
            for task in self._chats.values():
                task.cancel()
            await asyncio.gather(*self._chats.values(), return_exceptions=True)
            await self._desk.close()

    async def _shift(self, length_s: float) -> None:
        until = self._now_s() + length_s
        before, sign_s = self._now_s(), 0.0
        while (now := self._now_s()) < until:
            self.present_s += now - before
            before = now
            self._chats = {name: task for name, task in self._chats.items() if not task.done()}
            has_room = len(self._chats) < self._habits.chats_at_once
            if has_room or now >= sign_s:
                waiting = await self._desk.queue()  # also the sign of life
                sign_s = now + SIGN_OF_LIFE_S
                if waiting and has_room:
                    await self._take(waiting)
            await self._sleep(self._habits.agent_looks_s)

    async def _take(self, waiting: Sequence[QueueEntry]) -> None:
        entry = waiting[0]
        try:
            await self._desk.take(entry.conversation_id)
        except Refused:
            self.too_late += 1
            return
        self._chats[entry.conversation_id] = asyncio.create_task(self._serve(entry.conversation_id))

    async def _serve(self, conversation_id: str) -> None:
        """Greet, answer each message, and close when the customer says nothing more; give up when it is gone."""
        after, silent = 0, 0
        with suppress(Refused):  # the chat went to somebody else while this agent was away
            await self._answer(conversation_id, "Hello, I have read what you wrote.")
            while silent < 2:
                page = await self._desk.messages(conversation_id, after=after, wait_s=self._patience_s())
                after = page.messages[-1].seq if page.messages else after
                if page.owner != "agent":
                    return
                if any(line.sender == "customer" for line in page.messages):
                    silent = 0
                    await self._answer(conversation_id, "I see. Let me look at that for you.")
                elif not page.messages:
                    silent += 1
            await self._here()
            await self._desk.end(conversation_id)

    async def _answer(self, conversation_id: str, text: str) -> None:
        await self._sleep(self._dice.expovariate(1 / self._habits.agent_types_s))
        await self._here()
        await self._desk.say(conversation_id, text)

    async def _here(self) -> None:
        while self._away:
            await self._sleep(1.0)

    def _patience_s(self) -> float:
        """How long, really, an agent waits before a silent customer counts as content."""
        return max(0.05, self._office.real_s(2.5 * self._habits.customer_types_s))

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(self._office.real_s(seconds))

    def _now_s(self) -> float:
        return self._office.clock.now().timestamp()
