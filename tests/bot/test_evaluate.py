"""`python -m bot.evaluate`, with the fake encoder in place of the real one."""

from __future__ import annotations

import json
import tarfile

import pytest

import bot.evaluate.__main__ as command
import bot.evaluate.frustration as frustration_module
import bot.evaluate.model as model_module
from bot.intents.storage import save
from bot.intents.training import train
from tests.bot.fake_encoder import WordEncoder
from tests.bot.test_intents import EXAMPLES, OUTSIDE, WORDS, examples


class FakeEncoder:
    @staticmethod
    def load(folder):
        return WordEncoder(WORDS)


@pytest.fixture(autouse=True)
def use_fake_encoder(monkeypatch):
    monkeypatch.setattr(command, "LayeredEncoder", FakeEncoder)
    monkeypatch.setattr(model_module, "LayeredEncoder", FakeEncoder)


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def training(tmp_path):
    inside = [{"text": text, "label": label} for label, texts in EXAMPLES.items() for text in texts]
    outside = [{"text": text, "label": "oos", "oos": True} for text in OUTSIDE]
    return write(tmp_path / "train.jsonl", inside + outside)


def test_intents_answers_each_test_line_in_order(training, tmp_path):
    test = write(
        tmp_path / "test.jsonl", [{"text": "hello hello"}, {"text": ""}, {"text": "track my parcel", "label": "x"}]
    )
    output = tmp_path / "out" / "predictions.jsonl"
    assert command.main(["intents", "--train", str(training), "--test", str(test), "--output", str(output)]) == 0
    rows = read(output)
    assert [rows[0]["label"], rows[2]["label"]] == ["greet", "order_status"]
    assert all(set(row) == {"label", "confidence"} and 0 <= row["confidence"] <= 1 for row in rows)


def test_a_broken_line_is_named(training, tmp_path, capsys):
    test = tmp_path / "test.jsonl"
    test.write_text('{"text": "hello"}\n{"text": \n')
    arguments = ["intents", "--train", str(training), "--test", str(test), "--output", str(tmp_path / "o.jsonl")]
    assert command.main(arguments) == 2
    assert "test.jsonl:2" in capsys.readouterr().err


def test_a_packed_model_is_asked(tmp_path):
    save(train(examples(), WordEncoder(WORDS)), tmp_path / "classifier")
    archive = tmp_path / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tmp_path / "classifier", arcname="components/train_IntentClassifier1")
    test = write(tmp_path / "held_out.jsonl", [{"text": "cancel coffee", "label": "cancel"}])
    output = tmp_path / "p.jsonl"
    assert command.main(["model", "--model", str(archive), "--test", str(test), "--output", str(output)]) == 0
    assert read(output)[0]["label"] == "cancel"


def test_an_archive_without_a_classifier_is_refused(tmp_path, capsys):
    archive = tmp_path / "model.tar.gz"
    with tarfile.open(archive, "w:gz"):
        pass
    test = write(tmp_path / "t.jsonl", [{"text": "hello"}])
    assert command.main(["model", "--model", str(archive), "--test", str(test), "--output", str(test)]) == 2
    assert "no intent classifier" in capsys.readouterr().err


def test_frustration_gives_score_and_reasons_in_order(tmp_path, monkeypatch):
    import numpy as np

    from bot.frustration.background import Background
    from bot.frustration.emotions import Emotions

    dim = WordEncoder(WORDS).dim
    zeros, ones = np.zeros(1, dtype=np.float32), np.ones(1, dtype=np.float32)
    base = Emotions(("anger",), "words-1", np.zeros((dim, 1), dtype=np.float32), zeros, zeros, ones)
    monkeypatch.setattr(frustration_module, "load_emotions", lambda folder, encoder_version: base)
    nothing = Background.empty(dim)
    monkeypatch.setattr(frustration_module, "load_background", lambda folder, encoder_version: nothing)
    turns = write(
        tmp_path / "turns.jsonl",
        [
            {"dialogue_id": "a", "turn": 0, "text": "This is RIDICULOUS, you useless idiots!!", "context": []},
            {"dialogue_id": "a", "turn": 2, "text": "thanks", "context": [{"speaker": "agent", "text": "Sorry."}]},
        ],
    )
    output = tmp_path / "scores.jsonl"
    assert command.main(["frustration", "--turns", str(turns), "--output", str(output)]) == 0
    first, second = read(output)
    assert (first["dialogue_id"], first["turn"], second["turn"]) == ("a", 0, 2)
    assert first["score"] > second["score"]
    assert first["reasons"]
    assert second["reasons"]
