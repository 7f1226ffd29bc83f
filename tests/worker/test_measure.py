"""Measuring a candidate for real: both models run in the bot's environment, everything else in the database."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from api.processes.places import ROOT
from api.store.tables import Agent, Conversation, Job, Label, Message, Model, Turn
from api.worker import models
from api.worker.jobs import Reporter, claim, enqueue
from api.worker.measure import measure
from api.worker.promote import move_pointer
from api.worker.seed import read_seed, sow
from api.worker.service import do
from api.worker.snapshot import known


@pytest.fixture
def two_models(shop, trained_model: Path, encoder_folder: Path, tmp_path: Path):
    """The shop's data, its first model serving, and the same bytes again as a candidate."""
    shutil.rmtree(shop.places.encoder)
    shutil.copytree(encoder_folder, shop.places.encoder)
    seed = read_seed(ROOT / "data")
    shop.store.write_sync(lambda session: sow(session, seed, now=shop.clock.now()))
    for version in ("serving", "candidate"):
        copy = tmp_path / version
        shutil.copytree(trained_model.parent, copy)
        manifest = json.loads((copy / "manifest.json").read_text())
        (copy / "manifest.json").write_text(json.dumps({**manifest, "model_version": version}))
        installed = dict(models.install(shop.places, copy))
        row = Model(version=version, manifest=installed, created_at=shop.clock.now())
        shop.store.write_sync(lambda session, row=row: session.add(row))
    shop.store.write_sync(lambda session: move_pointer(session, shop, "serving", None, "test"))
    return shop


def say_and_label(shop, text: str, *, taken_for: str, meant: str) -> None:
    now = shop.clock.now()

    def write(session) -> None:
        agent = Agent(name="Ada", role="admin", created_at=now)
        conversation = Conversation(token_hash=text, token_expires_at=now, created_at=now, last_message_at=now)
        session.add_all([agent, conversation])
        session.flush()
        message = Message(conversation_id=conversation.id, seq=1, sender="customer", text=text, created_at=now)
        session.add(message)
        session.flush()
        turn = {"mode": "reply", "state": "done", "fence": 1, "owner_version": 1, "number": 1, "started_at": now}
        heard = {"intent": taken_for, "confidence": 0.9}
        session.add(Turn(conversation_id=conversation.id, message_id=message.id, **turn, **heard))
        session.add(Label(message_id=message.id, intent=meant, agent_id=agent.id, created_at=now))

    shop.store.write_sync(write)


def test_a_candidate_that_is_the_same_passes_with_receipts_and_a_replay(two_models, tmp_path: Path):
    shop = two_models
    say_and_label(shop, "please let me talk to a human being", taken_for="greet", meant="request_person")
    what = shop.store.read_sync(known)
    job = shop.store.write_sync(lambda session: enqueue(session, "train", {}, now=shop.clock.now()))
    lines: list[str] = []
    folder = tmp_path / "work"
    folder.mkdir()
    measured = measure(shop, "candidate", what, folder, Reporter(shop.store, shop.clock, job, lines.append))
    told = measured.as_json()
    assert told["gate"] == {"passed": True, "reasons": []}
    assert told["candidate"]["accuracy"] == told["current"]["accuracy"] > 0.8
    assert (told["cases"], told["fixed"], told["broken"]) == (len(what.held_out), [], [])
    assert told["golden"]["cases"] > 10
    assert told["golden"]["wrong"] == []  # the shop's first model understands what it must
    assert {name: told["receipts"][name] for name in ("corrections", "right", "wrong", "broken")} == {
        "corrections": 1, "right": 1, "wrong": 0, "broken": 0,
    }  # fmt: skip
    assert told["receipts"]["people"][0]["name"] == "Ada"
    assert (told["replay"]["messages"], told["replay"]["changed"]) == (1, 0)
    assert any(line.startswith("The shop's own questions are not asked") for line in lines)  # there is no index here


def test_a_model_can_be_compared_again_with_what_is_known_now(two_models):
    shop = two_models
    say_and_label(shop, "please let me talk to a human being", taken_for="greet", meant="request_person")
    job_id = shop.store.write_sync(
        lambda session: enqueue(session, "compare", {"version": "candidate", "days": 3}, now=shop.clock.now())
    )
    work = shop.store.write_sync(lambda session: claim(session, "w", now=shop.clock.now()))
    assert do(shop, work, Reporter(shop.store, shop.clock, job_id), threading.Event())
    job, model = shop.store.read_sync(lambda s: (s.get_one(Job, job_id), s.get_one(Model, "candidate")))
    assert model.comparison == job.comparison
    assert model.comparison["replay"]["messages"] == 1
    assert "1 corrections: 1 now right, 0 still wrong, 0 newly broken." in job.log
