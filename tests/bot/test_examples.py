"""The examples a classifier learns from: what is read, what is left out, who stays of too many."""

import pytest

from bot.intents import examples as subject
from bot.intents.examples import Example, by_lot, spoken, training_set
from bot.intents.review import review
from tests.bot.fake_encoder import WordEncoder

ENCODER = WordEncoder("parcel refund order weather")
PARCELS = [Example(f"where is parcel {i}", "order_status") for i in range(30)]
REFUNDS = [Example(f"refund order {i}", "refund") for i in range(10)]
STRANGE = [Example(f"weather {i}", "out_of_scope", oos=True) for i in range(40)]


def test_of_too_many_examples_each_label_keeps_its_share():
    examples = [Example(f"text {i}", "often" if i % 4 else "seldom") for i in range(400)] + [Example("one", "once")]
    kept = by_lot(examples, 100, seed=7)
    counts = {label: sum(example.label == label for example in kept) for label in ("often", "seldom", "once")}
    assert counts == {"often": 74, "seldom": 24, "once": 1}
    assert by_lot(examples[:50], 100, seed=7) == examples[:50]


def test_a_label_in_scope_stays_beside_many_out_of_scope_that_bear_its_name():
    examples = [Example("refund", "refund"), *(Example(f"weather {i}", "refund", oos=True) for i in range(50))]
    assert by_lot(examples, 5, seed=7)[0] == Example("refund", "refund")


def test_examples_out_of_scope_are_thinned_out_like_the_others(monkeypatch):
    monkeypatch.setattr(subject, "MOST", 16)
    known = training_set([*PARCELS, *REFUNDS, *STRANGE], ENCODER, seed=7)
    assert (len(known.lines.texts), len(known.outside.texts)) == (8, 8)
    assert known.labels == ("order_status", "refund")
    assert known.names.texts == ("order status", "refund")


def test_the_report_looks_at_no_more_examples_than_the_classifier_learns_from(monkeypatch):
    monkeypatch.setattr(subject, "MOST", 16)
    report = review([*PARCELS, *REFUNDS, *STRANGE], ENCODER, seed=7)
    assert {figures["label"]: figures["examples"] for figures in report["labels"]} == {"order_status": 6, "refund": 2}
    assert report["cross_validation"]["folds"] == 5


def test_blank_examples_are_skipped():
    known = training_set([*PARCELS, *REFUNDS, Example(" ", "refund"), Example("", "x", oos=True)], ENCODER, seed=7)
    assert (len(known.lines.texts), len(known.outside.texts)) == (40, 0)


def test_one_label_in_scope_is_refused():
    with pytest.raises(ValueError, match="two labels"):
        training_set([*PARCELS, *STRANGE], ENCODER, seed=7)


def test_a_labels_name_is_read_as_words():
    assert spoken("card_arrival") == "card arrival"
    assert spoken("7") == ""
