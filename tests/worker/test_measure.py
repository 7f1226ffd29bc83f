"""Measuring a candidate for real: both models run in the bot's environment, dialogues on a small installation."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from api.processes.places import ROOT
from api.store.tables import Agent, Conversation, Job, Label, Message, Model, Turn
from api.worker import measure as measuring
from api.worker import models
from api.worker.dialogues import Dialogue, read_dialogues
from api.worker.jobs import Reporter, claim, enqueue
from api.worker.measure import measure
from api.worker.playing import play_golden
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
        install(shop, trained_model, version, tmp_path)
    shop.store.write_sync(lambda session: move_pointer(session, shop, "serving", None, "test"))
    return shop


def install(shop, trained: Path, version: str, folder: Path) -> None:
    copy = folder / version
    shutil.copytree(trained.parent, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "model_version": version}))
    installed = dict(models.install(shop.places, copy))
    shop.store.write_sync(
        lambda session: session.add(Model(version=version, manifest=installed, created_at=shop.clock.now()))
    )


def swapped(trained: Path, one: str, other: str, output: Path) -> Path:
    """A model that takes two intents for each other: as if every label of the two had been exchanged."""
    with tarfile.open(trained) as old, tarfile.open(output, "w:gz") as new:
        for entry in old.getmembers():
            content = old.extractfile(entry)
            data = content.read() if content else b""
            if "IntentClassifier" in entry.name and entry.name.endswith("manifest.json"):
                facts = json.loads(data)
                places = {one: other, other: one}
                facts["labels"] = [places.get(label, label) for label in facts["labels"]]
                data = json.dumps(facts).encode()
                entry.size = len(data)
            new.addfile(entry, io.BytesIO(data) if content else None)
    return output


def golden(*names: str) -> Sequence[Dialogue]:
    """The shop's dialogues of these names."""
    found = [one for one in read_dialogues(ROOT / "data") if one.name in names]
    assert len(found) == len(names)
    return found


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


def test_a_candidate_that_is_the_same_passes_with_receipts_and_a_replay(two_models, tmp_path: Path, monkeypatch):
    shop = two_models
    monkeypatch.setattr(measuring, "all_dialogues", lambda *_: [])
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


def test_a_model_can_be_compared_again_with_what_is_known_now(two_models, monkeypatch):
    shop = two_models
    monkeypatch.setattr(measuring, "all_dialogues", lambda *_: [])
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


def test_a_candidate_that_breaks_a_form_is_held_to_the_dialogue_and_its_line(
    two_models, trained_model: Path, tmp_path: Path
):
    shop = two_models
    worse = tmp_path / "worse"
    shutil.copytree(trained_model.parent, worse)
    swapped(trained_model, "order_status", "greet", worse / "model.tar.gz")
    install(shop, worse / "model.tar.gz", "swapped", tmp_path)
    job = shop.store.write_sync(lambda session: enqueue(session, "train", {}, now=shop.clock.now()))
    dialogues = golden("where is my order", "danger", "an answer that did not help")  # no index: the last one fails
    played = play_golden(shop, "swapped", "serving", dialogues, Reporter(shop.store, shop.clock, job))
    [lost] = played.lost
    assert (lost.dialogue, lost.number, lost.text) == ("where is my order", 1, "where is my order?")
    assert (lost.expected.intent, lost.came.intent) == ("order_status", "greet")
    assert [one.dialogue for one in played.wrong_before] == ["an answer that did not help"]
    assert not list(shop.places.work.iterdir())  # nothing of it is left
