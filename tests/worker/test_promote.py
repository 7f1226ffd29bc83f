"""Promoting: a second process answers before the pointer moves, and anything that goes wrong changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from api.processes.places import ROOT
from api.store.tables import Audit, Intent, Job, Model, RasaProcess, Serving
from api.worker.golden import read_golden
from api.worker.jobs import JobFailed, Reporter, Work, enqueue
from api.worker.promote import promote
from api.worker.rasa_probe import ProbeFailed, Understood
from api.worker.registry import NotPromotable, check_promotable, listed, previous_model

MEANT = {golden.text: golden.intent for golden in read_golden(ROOT / "data")}


@dataclass
class FakeFleet:
    """Starts candidates as rows; `answering` says whether they answer."""

    shop: object
    answering: bool = True
    started: list[str] = field(default_factory=list)

    def start_candidate(self, version: str) -> str:
        row = RasaProcess(
            id="new",
            model_version=version,
            url="http://127.0.0.1:1",
            state="starting",
            note="candidate",
            started_at=self.shop.clock.now(),
        )
        self.shop.store.write_sync(lambda session: session.add(row))
        self.started.append(version)
        return "new"

    def answers(self, process_id: str) -> bool:
        return self.answering

    def pid_of(self, process_id: str) -> int | None:
        return None


class FakeProbe:
    """Understands every golden message, but for those it is told to take for something else."""

    def __init__(
        self, problem: str | None = None, mistaken: dict[str, str] | None = None, took_s: float = 0.03
    ) -> None:
        self.problem = problem
        self.mistaken = mistaken or {}
        self.took_s = took_s

    def understand(self, url: str, model_version: str, text: str) -> Understood:
        is_new = model_version == "m2"
        meant = self.mistaken.get(text, MEANT[text]) if is_new else MEANT[text]
        return Understood(meant, "search" if meant == "ask" else "response", self.took_s if is_new else 0.03)

    def check_turn(self, url: str, model_version: str) -> None:
        if self.problem:
            raise ProbeFailed(self.problem)


def run(shop, version: str, **arguments: str):
    arguments["version"] = version
    job_id = shop.store.write_sync(lambda session: enqueue(session, "promote", arguments, now=shop.clock.now()))
    work = Work(job_id, "promote", arguments, "agent:a1")
    promote(shop, work, Reporter(shop.store, shop.clock, job_id), lambda condition, limit_s: condition())
    return shop.store.read_sync(lambda session: session.get_one(Job, job_id))


def pointer(shop) -> tuple[str | None, str | None]:
    row = shop.store.read_sync(lambda session: session.get(Serving, "model"))
    return (row.value, row.previous) if row else (None, None)


def states(shop) -> dict[str, str]:
    return {model.version: model.state for model in shop.store.read_sync(listed)}


@pytest.fixture
def serving_m1(shop, add_model):
    """m1 serves with a ready process; m2 is a candidate."""
    add_model("m1")
    run(shop, "m1")
    row = RasaProcess(
        id="old", model_version="m1", url="http://127.0.0.1:2", state="ready", started_at=shop.clock.now()
    )
    shop.store.write_sync(lambda session: session.add(row))
    add_model("m2")
    shop.fleet, shop.probe = FakeFleet(shop), FakeProbe()
    return shop


def process_states(shop) -> dict[str, str]:
    return {row.id: row.state for row in shop.store.read_sync(lambda s: s.scalars(select(RasaProcess)).all())}


def test_the_new_process_takes_turns_and_the_old_one_drains(serving_m1):
    job = run(serving_m1, "m2")
    assert job.state == "done"
    assert process_states(serving_m1) == {"old": "draining", "new": "ready"}
    assert pointer(serving_m1) == ("m2", "m1")
    assert states(serving_m1) == {"m1": "previous", "m2": "current"}
    audited = serving_m1.store.read_sync(
        lambda s: [(line.actor, line.action, line.subject) for line in s.scalars(select(Audit))]
    )
    assert ("agent:a1", "promote_model", "m2") in audited


def test_rolling_back_is_promoting_the_one_before(serving_m1):
    run(serving_m1, "m2")
    serving_m1.store.write_sync(lambda session: session.delete(session.get_one(RasaProcess, "new")))
    run(serving_m1, serving_m1.store.read_sync(previous_model))
    assert pointer(serving_m1) == ("m1", "m2")
    assert states(serving_m1) == {"m1": "current", "m2": "previous"}


def test_a_process_that_still_runs_the_model_from_before_is_used_instead_of_a_new_one(serving_m1):
    run(serving_m1, "m2")
    run(serving_m1, "m1")
    assert serving_m1.fleet.started == ["m2"]
    assert process_states(serving_m1) == {"old": "ready", "new": "draining"}


def test_a_kept_process_given_up_in_the_last_moment_takes_no_turns_from_the_one_that_serves(serving_m1, monkeypatch):
    run(serving_m1, "m2")

    def time_is_over(url: str, model_version: str) -> None:
        serving_m1.store.write_sync(lambda session: setattr(session.get_one(RasaProcess, "old"), "state", "gone"))

    monkeypatch.setattr(serving_m1.probe, "check_turn", time_is_over)
    with pytest.raises(JobFailed, match="ended before it could take turns"):
        run(serving_m1, "m1")
    assert process_states(serving_m1) == {"old": "gone", "new": "ready"}
    assert pointer(serving_m1) == ("m2", "m1")


@pytest.mark.parametrize("how", ["never ready", "wrong answer"])
def test_a_process_that_does_not_answer_changes_nothing(serving_m1, how):
    serving_m1.fleet.answering = how != "never ready"
    serving_m1.probe = FakeProbe(None if how == "never ready" else "it answered as another model")
    with pytest.raises(JobFailed):
        run(serving_m1, "m2")
    assert process_states(serving_m1) == {"old": "ready", "new": "gone"}
    assert pointer(serving_m1) == ("m1", None)


def test_a_damaged_archive_is_never_started_and_the_administrator_sees_why(serving_m1):
    (serving_m1.places.models / "m2" / "model.tar.gz").write_bytes(b"half")
    with pytest.raises(JobFailed, match="checksum"):
        run(serving_m1, "m2")
    assert serving_m1.fleet.started == []
    assert pointer(serving_m1) == ("m1", None)
    model = serving_m1.store.read_sync(lambda session: session.get_one(Model, "m2"))
    assert (model.state, "checksum" in model.note) == ("refused", True)


def test_a_model_of_another_encoder_is_refused(serving_m1, add_model):
    add_model("m3", encoder_version="e2")
    with pytest.raises(JobFailed, match="trained with encoder e2, installed is e1"):
        run(serving_m1, "m3")
    assert serving_m1.fleet.started == []


@pytest.mark.parametrize("version", ["m9", "../secrets", ""])
def test_only_versions_of_the_table_are_promoted(serving_m1, version):
    with pytest.raises(JobFailed, match="no model"):
        run(serving_m1, version)


def test_a_model_that_lost_its_comparison_needs_a_reason(shop, add_model):
    add_model("m1")
    lost = {"gate": {"passed": False, "reasons": ["9 examples broke"]}}
    shop.store.write_sync(lambda session: setattr(session.get_one(Model, "m1"), "comparison", lost))
    with pytest.raises(NotPromotable, match="9 examples broke"):
        shop.store.read_sync(lambda session: check_promotable(session, "m1"))
    shop.store.read_sync(lambda session: check_promotable(session, "m1", reason="the labels were wrong"))


@pytest.fixture
def rehearsing(serving_m1):
    """The same, with the intents that golden messages are about."""
    now = serving_m1.clock.now()
    rows = [
        Intent(name=name, outcome="search" if name == "ask" else "response", created_at=now)
        for name in sorted(set(MEANT.values()))
    ]
    serving_m1.store.write_sync(lambda session: session.add_all(rows))
    return serving_m1


def test_a_process_that_understands_what_it_must_takes_over_and_the_figures_are_told(rehearsing):
    log = run(rehearsing, "m2").log
    assert f"New process: {len(MEANT)} of {len(MEANT)} golden messages understood, 30 ms a turn." in log
    assert pointer(rehearsing) == ("m2", "m1")


def test_a_model_that_loads_but_is_wrong_never_takes_a_turn(rehearsing):
    rehearsing.probe = FakeProbe(mistaken=dict.fromkeys(MEANT, "greet"))
    with pytest.raises(JobFailed, match="has to be understood as request_person, and is taken for greet"):
        run(rehearsing, "m2")
    assert pointer(rehearsing) == ("m1", None)
    assert process_states(rehearsing) == {"old": "ready", "new": "gone"}


def test_a_much_slower_process_never_takes_a_turn(rehearsing):
    rehearsing.probe = FakeProbe(took_s=0.4)
    with pytest.raises(JobFailed, match="a turn takes 400 ms, 30 ms with the serving model"):
        run(rehearsing, "m2")


def test_a_reason_lets_it_serve_all_the_same_and_is_in_the_audit_log(rehearsing):
    rehearsing.probe = FakeProbe(took_s=0.4)
    log = run(rehearsing, "m2", reason="the old one swears").log
    assert "Promoted all the same: a turn takes 400 ms" in log
    details = rehearsing.store.read_sync(
        lambda s: [line.details for line in s.scalars(select(Audit).where(Audit.action == "promote_model"))]
    )
    assert details[-1] == {"before": "m1", "reason": "the old one swears"}
