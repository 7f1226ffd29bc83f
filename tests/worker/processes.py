"""A process manager and a probe in memory, and what the database says of Rasa's processes."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from api.processes.client import Running
from api.processes.config import Program
from api.store.tables import Conversation, Message, RasaProcess, Turn
from api.worker.workshop import Workshop


@dataclass
class FakeProcesses:
    """A process manager in memory; each start gets the next process id."""

    started: dict[str, int] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)  # of those that do not run
    next_pid: int = 100

    def running(self) -> list[Running]:
        return [
            Running(name, self.states.get(name, "RUNNING"), None if name in self.states else pid)
            for name, pid in self.started.items()
        ]

    def add(self, program: Program) -> None:
        self.commands[program.name] = list(program.command)
        self.restart(program.name)

    def remove(self, name: str) -> bool:
        self.started.pop(name, None)
        return True

    def restart(self, name: str) -> None:
        self.started[name] = self.next_pid
        self.next_pid += 1


@dataclass
class FakeProbe:
    """Says which processes answer, by model version."""

    answering: set[str] = field(default_factory=set)

    def ready(self, url: str, model_version: str) -> bool:
        return model_version in self.answering


def rows(shop: Workshop) -> list[tuple[str, str]]:
    """Return (model version, state) of every process that is not gone."""
    found = shop.store.read_sync(
        lambda session: session.scalars(
            select(RasaProcess).where(RasaProcess.state != "gone").order_by(RasaProcess.started_at)
        ).all()
    )
    return [(row.model_version, row.state) for row in found]


def running_turn(shop: Workshop, process_id: str) -> str:
    now = shop.clock.now()
    conversation = Conversation(id="c1", token_hash="x" * 64, token_expires_at=now, created_at=now, last_message_at=now)
    message = Message(id="m1", conversation_id="c1", seq=1, sender="customer", text="Hello", created_at=now)
    turn = Turn(
        id="t1",
        conversation_id="c1",
        message_id="m1",
        number=1,
        mode="reply",
        fence=1,
        owner_version=1,
        rasa_process_id=process_id,
        started_at=now,
    )

    def write(session) -> None:
        for row in (conversation, message, turn):
            session.add(row)
            session.flush()

    shop.store.write_sync(write)
    return "t1"
