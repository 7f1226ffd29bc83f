"""The bot never talks over a person, whatever customers, three agents, their connections and the hours do (F7).

Seeded walks over the service with its real transitions: silences, lost connections, passing on, two agents at
once. Nothing answers for Rasa here, so whenever the bot may speak it does at once, with its fallback: a bot that is too
eager would show. The seed of a walk that fails is in the test's name.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from api.conversations.turns import OWNER_AFTER
from api.store.tables import Conversation, HandOff, Inbox, Message
from tests.desk.office import Guest, Office, Person, open_office

WALKS = int(os.environ.get("DESKMATE_DESK_WALKS", "4"))
STEPS = 60
SAYS = ("hello", "/restart", "/session_start", "useless!!", "yes", "an agent please", "no")


class Walk:
    """One walk; each step is something that happens in a day."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.random = office, random.Random(seed)
        self.agents = [office.person(name=name) for name in ("Ana", "Ben", "Cem")]
        self.guests = [office.guest(department=department) for department in (None, "returns", None)]
        self.count = 0

    def run(self) -> None:
        steps: list[tuple[Callable[[], object], int]] = [
            (self.customer_writes, 6), (self.customer_asks, 3), (self.customer_leaves, 1), (self.agent_takes, 5),
            (self.agent_writes, 4), (self.agent_gives_back, 2), (self.agent_closes, 1), (self.agent_passes_on, 2),
            (self.agent_is_there, 4), (self.time_passes, 4), (self.everything_waits, 1),
        ]  # fmt: skip
        for step in self.random.choices([step for step, _ in steps], [weight for _, weight in steps], k=STEPS):
            step()
        self.settle()

    def customer_writes(self) -> None:
        self.count += 1
        body = {"client_msg_id": f"c{self.count}", "text": self.random.choice(SAYS)}
        for _ in range(self.random.choice((1, 1, 2))):  # a duplicate click now and then
            assert self.of(self.guest(), "messages", body) == 202

    def customer_asks(self) -> None:
        self.of(self.guest(), "request-person")

    def customer_leaves(self) -> None:
        self.of(self.guest(), "leave-queue")

    def agent_takes(self) -> None:
        guest = self.guest()
        for agent in self.random.sample(self.agents, 2):
            self.by(agent, guest, "take")

    def agent_writes(self) -> None:
        self.count += 1
        self.by(self.agent(), self.guest(), "agent-messages", {"client_msg_id": f"a{self.count}", "text": "A person."})

    def agent_gives_back(self) -> None:
        self.by(self.agent(), self.guest(), "release", {"to": self.random.choice(("bot", "queue"))})

    def agent_closes(self) -> None:
        self.by(self.agent(), self.guest(), "close")

    def agent_passes_on(self) -> None:
        to = self.random.choice([{"agent_id": self.agent().agent_id}, {"department": "sales"}, {"department": None}])
        self.by(self.agent(), self.guest(), "transfer", {**to, "note": "please"})

    def agent_is_there(self) -> None:
        self.office.client.get("/v1/queue", headers=self.agent().headers)

    def time_passes(self) -> None:
        self.office.clock.advance(self.random.choice((5, 50, 130, 400, 3660)))
        self.office.sweep()

    def everything_waits(self) -> None:
        self.settle()

    def settle(self) -> None:
        """Wait until every message has its outcome; what waits is worked off beside the test."""
        for _ in range(400):
            still = self.office.read(lambda s: s.scalar(select(Inbox.id).where(Inbox.done_at.is_(None)).limit(1)))
            if still is None:
                return
            self.office.client.get("/v1/availability")
        raise AssertionError("a message was left without an outcome")

    def guest(self) -> Guest:
        return self.random.choice(self.guests)

    def agent(self) -> Person:
        return self.random.choice(self.agents)

    def of(self, guest: Guest, call: str, body: dict[str, object] | None = None) -> int:
        self.office.clock.advance(1)
        status = self.office.client.post(f"{guest.path}/{call}", headers=guest.headers, json=body).status_code
        assert status in {200, 202, 409}, (call, status)
        return status

    def by(self, agent: Person, guest: Guest, call: str, body: dict[str, object] | None = None) -> None:
        self.office.clock.advance(1)
        status = self.office.client.post(f"{guest.path}/{call}", headers=agent.headers, json=body).status_code
        assert status in {200, 202, 404, 409}, (call, status)


def check(office: Office, guest: Guest) -> int:
    """Hold a transcript against the rule; return how many lines the bot said."""
    chat = guest.conversation_id
    lines = office.read(
        lambda s: s.scalars(select(Message).where(Message.conversation_id == chat).order_by(Message.seq)).all()
    )
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    owner, said = "bot", 0
    for line in lines:
        if line.sender == "bot":
            assert owner == "bot", f"the bot spoke at {line.seq} while the {owner} had the chat"
            said += 1
        if line.sender == "agent":
            assert owner == "agent", f"an agent spoke at {line.seq} while the {owner} had the chat"
        owner = OWNER_AFTER.get(line.notice or "", owner)
    conversation = office.read(lambda s: s.get_one(Conversation, chat))
    assert (conversation.agent_id is not None) == (conversation.owner == "agent")
    assert conversation.owner in {owner, "closed"}
    still_open = office.read(
        lambda s: s.scalars(select(HandOff).where(HandOff.conversation_id == chat, HandOff.ended_at.is_(None))).all()
    )
    assert len(still_open) == (conversation.owner in {"queue", "agent"})
    return said


@pytest.mark.parametrize("seed", range(1, WALKS + 1))
def test_the_bot_never_talks_over_a_person(tmp_path: Path, seed: int) -> None:
    with open_office(tmp_path) as office:
        walk = Walk(office, seed)
        walk.run()
        assert sum(check(office, guest) for guest in walk.guests) > 0
