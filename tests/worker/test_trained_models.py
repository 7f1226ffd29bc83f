"""Real trainings: the same data gives the same model, and poisoned data is refused with its cause."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest

from api.processes.places import ROOT
from api.worker.gate import Material, judge
from api.worker.golden import read_golden
from api.worker.seed import IntentEntry, read_seed
from api.worker.training_data import Example, held_out
from api.worker.trial import Route, Trial, read_guesses
from kb_index.encoder import Encoder
from tests import installation

SEED = 20260601
POISONED = 0.3  # share of labels that are shuffled


def run_bot(*arguments: object) -> None:
    command = ["nice", "-n", "10", installation.BOT_PYTHON, "-m", *arguments]
    done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def seed():
    return read_seed(ROOT / "data")


@pytest.fixture(scope="module")
def material(seed) -> Material:
    kept = held_out(seed.examples)
    return Material([one for one in seed.examples if one in kept], read_golden(ROOT / "data"), (), ())


@pytest.fixture(scope="module")
def messages(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("messages") / "messages.jsonl", [{"text": t} for t in material.texts()])


@pytest.fixture(scope="module")
def served(trained_model: Path, encoder_folder: Path, messages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the model of the untouched data makes of the messages."""
    output = tmp_path_factory.mktemp("served") / "guesses.jsonl"
    options = ["--model", trained_model, "--test", messages, "--output", output, "--encoder", encoder_folder]
    run_bot("bot.evaluate", "model", *options)
    return output


def trial(version: str, guesses: Path, material: Material) -> Trial:
    return Trial(version, dict(zip(material.texts(), read_guesses(guesses), strict=True)))


def routes(intents: tuple[IntentEntry, ...]) -> dict[str, Route]:
    return {one.name: Route(one.outcome, one.target, 0.5 if one.cut_off is None else one.cut_off) for one in intents}


def test_training_twice_on_the_same_data_gives_the_same_predictions(
    trained_model: Path, encoder_folder: Path, messages: Path, served: Path, tmp_path: Path
):
    snapshot, again, output = trained_model.parent / "snapshot", tmp_path / "again", tmp_path / "guesses.jsonl"
    options = ["--snapshot", snapshot, "--encoder", encoder_folder, "--output", again, "--seed", "42"]
    run_bot("bot.train", *options)
    options = ["--model", again / "model.tar.gz", "--test", messages, "--output", output, "--encoder", encoder_folder]
    run_bot("bot.evaluate", "model", *options)
    assert output.read_text() == served.read_text()  # label and confidence, to six places, of every message
    first, second = (json.loads((folder / "manifest.json").read_text()) for folder in (trained_model.parent, again))
    assert first["hashes"]["data"] == second["hashes"]["data"]
    assert {**first, "model_version": "", "created_at": "", "hashes": {}} == {
        **second, "model_version": "", "created_at": "", "hashes": {},
    }  # fmt: skip


def test_poisoned_labels_are_refused_and_named(
    encoder_folder: Path, messages: Path, served: Path, material: Material, seed, tmp_path: Path
):
    kept = held_out(seed.examples)
    clean = [one for one in seed.examples if one not in kept]
    poisoned = shuffled(clean, random.Random(SEED))
    rows = [
        {"text": one.text, "label": one.intent, **({"oos": True} if one.intent == "out_of_scope" else {})}
        for one in poisoned
    ]
    train, output = write(tmp_path / "train.jsonl", rows), tmp_path / "guesses.jsonl"
    options = ["--train", train, "--test", messages, "--output", output, "--encoder", encoder_folder, "--seed", "42"]
    run_bot("bot.evaluate", "intents", *options)
    wrong = set(poisoned) - set(clean)
    encoder = Encoder.load(encoder_folder)
    verdict = judge(
        Material(material.held_out, material.golden, (), tuple(wrong)),
        trial("poisoned", output, material),
        trial("serving", served, material),
        routes=routes(seed.intents),
        vectors=lambda texts: np.asarray(encoder.encode(texts)),
    )
    assert not verdict.passed, f"seed {SEED}"
    assert verdict.intents.candidate_accuracy < verdict.intents.current_accuracy
    assert any("held-out examples that were right are wrong now" in reason for reason in verdict.reasons)
    assert verdict.suspects
    assert {suspect.example.text for suspect in verdict.suspects} <= {one.text for one in wrong}


def shuffled(examples: list[Example], chance: random.Random) -> list[Example]:
    """Give a share of the examples each other's labels."""
    moved = chance.sample(range(len(examples)), int(POISONED * len(examples)))
    labels = [examples[place].intent for place in moved]
    chance.shuffle(labels)
    changed = list(examples)
    for place, label in zip(moved, labels, strict=True):
        changed[place] = Example(label, examples[place].text)
    return changed
