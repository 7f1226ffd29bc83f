"""The training report: examples judged by models that were not shown them, as JSON and as a page."""

import json

import numpy as np
import pytest

from bot.frustration.scorecard import auroc, scorecard
from bot.frustration.training import Example as Message
from bot.frustration.training import train_detector
from bot.intents.examples import Example
from bot.intents.review import Held, overlaps, review, suspects
from bot.report.writing import JSON_NAME, PAGE_NAME, write_report
from tests.bot.fake_encoder import WordEncoder
from tests.bot.test_frustration import ANGRY, CALM, base_emotions
from tests.bot.test_frustration import WORDS as FEELINGS
from tests.bot.test_intents import WORDS, examples


@pytest.fixture(scope="module")
def intents():
    mislabelled = Example("where is the parcel, track the order", "greet")
    return review([*examples(), mislabelled], WordEncoder(WORDS), seed=7)


@pytest.fixture(scope="module")
def card():
    encoder = WordEncoder(FEELINGS)
    messages = [Message(text, True, "angry") for text in ANGRY] + [Message(text, False, "calm") for text in CALM]
    return scorecard(messages, train_detector(messages, base_emotions(encoder), encoder), encoder)


def test_every_example_in_scope_is_judged_once(intents):
    assert intents["cross_validation"]["examples"] == 26
    assert 0.5 <= intents["cross_validation"]["accuracy"] <= 1.0
    assert sum(figures["examples"] for figures in intents["labels"]) == 26


def test_an_example_under_the_wrong_label_is_suspected_first(intents):
    assert intents["suspects"][0]["text"] == "where is the parcel, track the order"
    assert (intents["suspects"][0]["label"], intents["suspects"][0]["predicted"]) == ("greet", "order_status")


def held(chances, truth):
    return Held(("a", "b", "c"), tuple(f"text {i}" for i in range(len(truth))), np.array(truth), np.array(chances))


def test_an_unsure_contradiction_is_no_suspicion():
    sure, own = [0.9, 0.1, 0.0], [0.1, 0.9, 0.0]
    found = suspects(held([sure, sure, own, [0.5, 0.4, 0.1]], [0, 0, 1, 1]))
    assert found == []


def test_labels_taken_for_each_other_overlap_by_the_share_of_their_examples():
    a, b = [0.9, 0.1, 0.0], [0.1, 0.9, 0.0]
    found = overlaps(held([a, b, b, a, [0.0, 0.1, 0.9]], [0, 0, 1, 1, 2]))
    assert found == [{"labels": ["a", "b"], "share": 0.5, "count": 2}]


def test_the_scorecard_counts_every_message_once(card):
    assert sum(card["confusion"].values()) == card["examples"] == len(ANGRY) + len(CALM)
    assert [kind["kind"] for kind in card["by_kind"]] == ["angry", "calm"]
    assert all(sum(kind["histogram"]) == kind["messages"] for kind in card["by_kind"])
    assert {"code", "words", "messages", "precision", "recall"} <= set(card["by_reason"][0])


def test_ties_count_half_in_the_area_under_roc():
    assert auroc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])) == pytest.approx(3.5 / 4)


def test_the_page_holds_what_the_json_holds_without_a_script(intents, card, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    intents["confusions"].append({"label": "greet", "predicted": "sizes", "count": 1, "texts": ["<b>hi</b>"]})
    (notes / "intents.json").write_text(json.dumps(intents))
    (notes / "frustration.json").write_text(json.dumps(card))
    report = write_report(notes, tmp_path, described={"model_version": "v1"})
    assert json.loads((tmp_path / JSON_NAME).read_text()) == report
    page = (tmp_path / PAGE_NAME).read_text()
    assert page.count("<svg") == 4
    assert "<script" not in page
    assert "http" not in page
    assert "&lt;b&gt;hi" in page
    assert "<b>hi" not in page
    assert "order_status" in page
    assert "By reason" in page


def test_a_training_that_noted_nothing_still_has_a_page(tmp_path):
    assert write_report(tmp_path, tmp_path, described={"model_version": "v1"}) == {"model_version": "v1"}
    assert "Model v1" in (tmp_path / PAGE_NAME).read_text()
