"""Rasa's processes follow the database, whatever dies in between (B02, B28, B31, B34)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from api.store.tables import Model, RasaProcess, Serving, Turn
from api.worker.fleet import Fleet
from api.worker.promote import move_pointer
from tests.worker.processes import rows, running_turn


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
    turn = running_turn(shop, old)
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
    running_turn(shop, old)
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
