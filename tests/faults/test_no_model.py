"""A Rasa process without a model: it gets no traffic, readiness says so, and customers are told honestly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from api.processes.client import Running
from api.processes.config import Program
from api.processes.places import ROOT, Places
from api.security.secrets import ensure_secrets
from api.store.tables import Model, RasaProcess, Serving
from api.worker import models
from api.worker.fleet import Fleet
from api.worker.rasa_probe import RasaProbe
from tests.fakes import SECRET, FakeRasa, MovableClock
from tests.running import RunningApi, check_standing

VERSION = "model-1"


@dataclass
class OneProcess:
    """A process manager that runs whatever it is told, as process 100."""

    programs: list[str] = field(default_factory=list)
    state: str = "RUNNING"

    def running(self) -> list[Running]:
        return [Running(name, self.state, 100 if self.state == "RUNNING" else None) for name in self.programs]

    def add(self, program: Program) -> None:
        self.programs.append(program.name)

    def remove(self, name: str) -> bool:
        self.programs.remove(name)
        return True


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    """A Rasa that has started and has no model."""
    with FakeRasa(behave=lambda call: call.fail("not_ready", 503), ready=False) as fake:
        yield fake


@pytest.fixture
def api(tmp_path: Path, rasa: FakeRasa) -> Iterator[RunningApi]:
    """The API of an installation whose processes come from the fleet alone."""
    with RunningApi(tmp_path, actions_port=rasa.port) as running:
        yield running


@pytest.fixture
def processes() -> OneProcess:
    return OneProcess()


@pytest.fixture
def fleet(tmp_path: Path, api: RunningApi, rasa: FakeRasa, processes: OneProcess) -> Iterator[Fleet]:
    """The fleet of that installation, with a signed model to serve; its probe asks the fake over HTTP."""
    places = Places(root=ROOT, var=tmp_path)
    places.make()
    ensure_secrets(tmp_path / "secrets")
    places.encoder.mkdir(exist_ok=True)
    manifest = {"format": 1, "encoder_version": "e1", "dim": 2, "max_tokens": 8, "precision": "fp32", "checksums": {}}
    (places.encoder / "manifest.json").write_text(json.dumps(manifest))
    trained = tmp_path / "trained"
    trained.mkdir()
    (trained / "model.tar.gz").write_bytes(b"archive")
    (trained / "manifest.json").write_text(json.dumps({"model_version": VERSION, "encoder_version": "e1"}))
    installed = models.install(places, trained)
    now = api.clock.now()
    api.store.write_sync(
        lambda s: s.add_all(
            [
                Model(version=VERSION, manifest=dict(installed), created_at=now),
                Serving(name="model", value=VERSION, updated_at=now),
            ]
        )
    )
    probe = RasaProbe(SECRET)
    yield Fleet(api.store, places, processes, probe, MovableClock(), port_base=20_300)
    probe.close()


def states(api: RunningApi) -> list[str]:
    return api.store.read_sync(lambda s: list(s.scalars(select(RasaProcess.state))))


def readiness(api: RunningApi) -> tuple[int, str]:
    answer = api.http.get("/readyz")
    return answer.status_code, answer.json()["parts"]["rasa"]


def move_to(api: RunningApi, rasa: FakeRasa) -> None:
    """Let the row of the process name the fake's port, where the probe and the turns then go."""
    api.store.write_sync(lambda s: setattr(s.scalars(select(RasaProcess)).one(), "url", rasa.url))


def test_a_process_that_has_no_model_yet_gets_no_traffic_until_it_answers(
    api: RunningApi, rasa: FakeRasa, fleet: Fleet
) -> None:
    """B34: it runs and says so; it cannot answer."""
    fleet.tick()
    move_to(api, rasa)
    for _ in range(3):
        fleet.tick()
    assert states(api) == ["starting"]
    assert readiness(api) == (503, "failing")
    customer = api.customer()
    [line] = customer.ask("where is my parcel")
    assert (line["notice"], line["buttons"][0]["title"]) == ("fallback.unavailable", "Talk to a person")
    assert rasa.turns == []
    rasa.ready, rasa.behave = True, lambda call: call.reply("Here I am.")
    fleet.tick()
    assert states(api) == ["ready"]
    assert readiness(api) == (200, "ok")
    assert [said["text"] for said in customer.ask("and now")] == ["Here I am."]
    check_standing(api.store)


def test_a_process_whose_start_fails_gets_no_traffic(api: RunningApi, fleet: Fleet, processes: OneProcess) -> None:
    """B34: the process manager tries and gives up."""
    fleet.tick()
    processes.state = "FATAL"
    for _ in range(3):
        fleet.tick()
    assert states(api) == ["starting"]
    assert readiness(api) == (503, "failing")
    customer = api.customer()
    [line] = customer.ask("where is my parcel")
    assert line["notice"] == "fallback.unavailable"
    assert customer.post("request-person").json()["owner"] == "queue"
    check_standing(api.store)


def test_a_process_that_loses_its_model_is_routed_around(
    api: RunningApi, rasa: FakeRasa, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B34: it answered once; between the loss and the next probes the customer still hears something."""
    rasa.ready, rasa.behave = True, lambda call: call.reply("Here I am.")
    fleet.tick()
    move_to(api, rasa)
    fleet.tick()
    assert states(api) == ["ready"]
    rasa.ready, rasa.behave = False, lambda call: call.fail("not_ready", 503)
    customer = api.customer()
    [line] = customer.ask("where is my parcel")
    assert (line["notice"], len(rasa.turns)) == ("fallback.unavailable", 1)
    assert readiness(api) == (503, "failing")
    monkeypatch.setattr("api.worker.fleet.PROBE_EVERY_S", 0.0)
    fleet.tick()
    fleet.tick()
    assert states(api) == ["starting"]
    customer.ask("and now")
    assert len(rasa.turns) == 1  # nothing was asked of it any more
    assert customer.outcomes() == ["fallback", "fallback"]
    check_standing(api.store)
