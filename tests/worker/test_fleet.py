"""Rasa's processes follow the database, whatever dies in between (B02, B28, B31, B34)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from api.processes.client import Running
from api.processes.config import Program
from api.store.tables import Conversation, Message, Model, RasaProcess, Serving, Turn
from api.worker.fleet import Fleet
from api.worker.promote import move_pointer
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


@pytest.fixture
def processes() -> FakeProcesses:
    return FakeProcesses()


@pytest.fixture
def probe() -> FakeProbe:
    return FakeProbe()


@pytest.fixture
def killed() -> list[int]:
    return []


@pytest.fixture
def fleet(shop: Workshop, processes: FakeProcesses, probe: FakeProbe, killed: list[int]) -> Fleet:
    return Fleet(shop.store, shop.places, processes, probe, shop.clock, 20_000, kill=lambda pid, _: killed.append(pid))


@pytest.fixture
def serve(shop: Workshop, add_model: Callable[..., Path]) -> Callable[[str], Path]:
    """Install a model and let the pointer name it."""

    def make(version: str) -> Path:
        home = add_model(version)
        shop.store.write_sync(lambda session: move_pointer(session, shop, version, None, "test"))
        return home

    return make


def rows(shop: Workshop) -> list[tuple[str, str]]:
    """Return (model version, state) of every process that is not gone."""
    found = shop.store.read_sync(
        lambda session: session.scalars(
            select(RasaProcess).where(RasaProcess.state != "gone").order_by(RasaProcess.started_at)
        ).all()
    )
    return [(row.model_version, row.state) for row in found]


def test_nothing_runs_without_a_model(shop, fleet, processes):
    fleet.tick()
    assert rows(shop) == []
    assert processes.started == {}


def test_the_model_the_pointer_names_is_started_and_ready_once_it_answers(shop, fleet, processes, probe, serve):
    serve("m1")
    fleet.tick()
    assert rows(shop) == [("m1", "starting")]
    fleet.tick()
    assert rows(shop) == [("m1", "starting")]
    probe.answering.add("m1")
    fleet.tick()
    assert rows(shop) == [("m1", "ready")]
    [command] = processes.commands.values()
    assert command[-4:] == ["--model", "m1", "--port", "20000"]


def test_a_killed_process_takes_no_turns_until_it_answers_again(shop, fleet, processes, probe, serve, clock):
    serve("m1")
    probe.answering.add("m1")
    fleet.tick()
    fleet.tick()
    assert rows(shop) == [("m1", "ready")]
    probe.answering.clear()
    processes.restart(next(iter(processes.started)))  # the process manager started it again
    fleet.tick()
    assert rows(shop) == [("m1", "starting")]
    probe.answering.add("m1")
    fleet.tick()
    assert rows(shop) == [("m1", "ready")]


def test_one_late_answer_is_forgiven_and_two_are_not(shop, fleet, probe, serve, clock):
    serve("m1")
    probe.answering.add("m1")
    fleet.tick()
    fleet.tick()
    probe.answering.clear()
    clock.move(3)
    fleet.tick()
    assert rows(shop) == [("m1", "ready")]
    fleet.tick()
    assert rows(shop) == [("m1", "starting")]


def test_a_process_that_hangs_for_a_minute_is_killed(shop, fleet, processes, probe, serve, clock, killed):
    serve("m1")
    probe.answering.add("m1")
    fleet.tick()
    fleet.tick()
    probe.answering.clear()
    clock.move(59)
    fleet.tick()
    assert killed == []
    clock.move(2)
    fleet.tick()
    assert killed == [processes.started[next(iter(processes.started))]]


def test_a_process_that_nobody_listed_is_ended(fleet, processes):
    processes.restart("rasa-orphan")
    processes.restart("api")
    fleet.tick()
    assert list(processes.started) == ["api"]


def test_a_candidate_that_answers_takes_no_turns_before_the_pointer_moves(
    shop, fleet, processes, probe, serve, add_model
):
    serve("m1")
    probe.answering |= {"m1", "m2"}
    fleet.tick()
    fleet.tick()
    add_model("m2")
    candidate = fleet.start_candidate("m2")
    fleet.tick()
    fleet.tick()
    assert rows(shop) == [("m1", "ready"), ("m2", "starting")]
    assert fleet.answers(candidate)
    assert processes.commands[f"rasa-{candidate}"][-1] == "20001"


def test_the_pointer_makes_one_ready_and_the_other_draining_in_one_step(
    shop, fleet, processes, probe, serve, add_model
):
    serve("m1")
    probe.answering |= {"m1", "m2"}
    fleet.tick()
    fleet.tick()
    add_model("m2")
    candidate = fleet.start_candidate("m2")
    fleet.tick()
    shop.store.write_sync(lambda session: move_pointer(session, shop, "m2", candidate, "test"))
    assert rows(shop) == [("m1", "draining"), ("m2", "ready")]
    fleet.tick()
    assert rows(shop) == [("m2", "ready")]
    assert list(processes.started) == [f"rasa-{candidate}"]


def test_a_draining_process_finishes_the_turn_it_has(shop, fleet, processes, probe, serve, add_model, clock):
    serve("m1")
    probe.answering |= {"m1", "m2"}
    fleet.tick()
    fleet.tick()
    old = shop.store.read_sync(lambda session: session.scalar(select(RasaProcess.id)))
    add_model("m2")
    candidate = fleet.start_candidate("m2")
    turn = _running_turn(shop, old)
    shop.store.write_sync(lambda session: move_pointer(session, shop, "m2", candidate, "test"))
    fleet.tick()
    assert ("m1", "draining") in rows(shop)
    assert f"rasa-{old}" in processes.started
    shop.store.write_sync(lambda session: setattr(session.get_one(Turn, turn), "state", "done"))
    fleet.tick()
    assert rows(shop) == [("m2", "ready")] or rows(shop) == [("m2", "starting")]
    assert f"rasa-{old}" not in processes.started


def test_a_turn_that_never_ends_holds_a_process_for_half_a_minute_at_most(shop, fleet, probe, serve, add_model, clock):
    serve("m1")
    fleet.tick()
    old = shop.store.read_sync(lambda session: session.scalar(select(RasaProcess.id)))
    _running_turn(shop, old)
    add_model("m2")
    candidate = fleet.start_candidate("m2")
    shop.store.write_sync(lambda session: move_pointer(session, shop, "m2", candidate, "test"))
    clock.move(29)
    fleet.tick()
    assert ("m1", "draining") in rows(shop)
    clock.move(2)
    fleet.tick()
    assert "m1" not in [version for version, _ in rows(shop)]


@pytest.mark.parametrize("ticks", [0, 1, 2])
def test_a_promotion_killed_before_the_switch_leaves_the_old_model_alone(
    shop, fleet, processes, probe, serve, add_model, ticks
):
    serve("m1")
    probe.answering |= {"m1", "m2"}
    fleet.tick()
    fleet.tick()
    add_model("m2")
    fleet.start_candidate("m2")
    for _ in range(ticks):
        fleet.tick()
    after = Fleet(shop.store, shop.places, processes, probe, shop.clock, 20_000)  # the next worker
    after.forget_candidates()
    after.tick()
    after.tick()
    assert rows(shop) == [("m1", "ready")]
    assert len(processes.started) == 1


def test_a_worker_killed_right_after_the_switch_goes_on_with_the_new_model(
    shop, fleet, processes, probe, serve, add_model
):
    serve("m1")
    probe.answering |= {"m1", "m2"}
    fleet.tick()
    add_model("m2")
    candidate = fleet.start_candidate("m2")
    fleet.tick()
    shop.store.write_sync(lambda session: move_pointer(session, shop, "m2", candidate, "test"))
    after = Fleet(shop.store, shop.places, processes, probe, shop.clock, 20_000)
    after.forget_candidates()
    after.tick()
    assert rows(shop) == [("m2", "ready")]


def test_a_damaged_serving_model_is_refused_and_the_one_before_it_serves(shop, fleet, processes, probe, serve):
    serve("m1")
    damaged = serve("m2")
    (damaged / "model.tar.gz").write_bytes(b"half")
    fleet.tick()
    fleet.tick()
    assert [version for version, _ in rows(shop)] == ["m1"]
    assert all("m2" not in command for command in processes.commands.values())
    model = shop.store.read_sync(lambda session: session.get_one(Model, "m2"))
    assert model.state == "refused"
    assert "checksum" in model.note
    assert shop.store.read_sync(lambda session: session.get_one(Serving, "model")).value == "m1"


def test_with_only_a_damaged_model_nothing_is_loaded_and_the_reason_is_kept(shop, fleet, processes, serve):
    (serve("m1") / "model.tar.gz").write_bytes(b"")
    fleet.tick()
    fleet.tick()
    assert processes.started == {}
    assert "checksum" in shop.store.read_sync(lambda session: session.get_one(Model, "m1")).note


def _running_turn(shop: Workshop, process_id: str) -> str:
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


def test_a_pointer_moved_while_no_worker_ran_keeps_the_old_process_until_the_new_one_answers(shop, fleet, probe, serve):
    serve("m1")
    probe.answering.add("m1")
    fleet.tick()
    fleet.tick()
    serve("m2")
    fleet.tick()
    fleet.tick()
    assert rows(shop) == [("m1", "ready"), ("m2", "starting")]
    probe.answering.add("m2")
    fleet.tick()
    assert rows(shop) == [("m1", "ready"), ("m2", "ready")]
    fleet.tick()
    fleet.tick()
    assert rows(shop) == [("m2", "ready")]


def test_an_archive_damaged_while_it_serves_is_noticed_when_its_process_cannot_start_again(
    shop, fleet, processes, probe, serve
):
    serve("m1")
    damaged = serve("m2")
    probe.answering |= {"m1", "m2"}
    fleet.tick()
    fleet.tick()
    assert rows(shop) == [("m2", "ready")]
    (damaged / "model.tar.gz").write_bytes(b"half")
    processes.states[next(iter(processes.started))] = "BACKOFF"
    for _ in range(4):
        fleet.tick()
    assert rows(shop) == [("m1", "ready")]
    assert "checksum" in shop.store.read_sync(lambda session: session.get_one(Model, "m2")).note
