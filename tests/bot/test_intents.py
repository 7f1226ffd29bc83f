"""The intent classifier, through train, predict, save and load."""

import json

import numpy as np
import pytest

from bot.intents.examples import Example
from bot.intents.storage import load, save
from bot.intents.training import train
from bot.saved import SavedUnusable
from tests.bot.fake_encoder import WordEncoder

WORDS = (
    "where parcel order track refund money back return cancel stop subscription coffee "
    "size fit small large hello hi morning"
)
EXAMPLES = {
    "order_status": [
        "where is my parcel",
        "track my order",
        "where is the order",
        "has the parcel left",
        "track parcel",
    ],
    "refund": [
        "I want my money back",
        "refund please",
        "money back for the return",
        "return and refund",
        "when is my refund",
    ],
    "cancel": ["cancel my subscription", "stop the coffee", "cancel coffee", "stop subscription now", "please cancel"],
    "sizes": ["which size fits", "too small", "is the large size long", "does it fit small", "size large or small"],
    "greet": ["hello", "hi there", "good morning", "hi hello", "morning all"],
}
OUTSIDE = ["what is the capital of France", "tell me a joke", "who won the match", "sing a song", "solve this equation"]


@pytest.fixture(scope="module")
def encoder():
    return WordEncoder(WORDS)


def examples(outside=OUTSIDE):
    inside = [Example(text, label) for label, texts in EXAMPLES.items() for text in texts]
    return inside + [Example(text, "out_of_scope", oos=True) for text in outside]


@pytest.fixture(scope="module")
def classifier(encoder):
    return train(examples(), encoder, seed=7)


def test_new_wordings_get_the_right_label(classifier, encoder):
    texts = ["track my parcel please", "can I get a refund", "cancel the coffee subscription", "hello hello"]
    assert [p.label for p in classifier.predict(texts, encoder)] == ["order_status", "refund", "cancel", "greet"]


def test_what_is_out_of_scope_gets_less_confidence_than_anything_in_scope(classifier, encoder):
    outside = classifier.predict(["how tall is the tower", "write a poem about rain"], encoder)
    inside = classifier.predict(["where is my order", "stop my subscription", "which size"], encoder)
    assert max(p.confidence for p in outside) < min(p.confidence for p in inside)
    assert max(p.in_scope for p in outside) < min(p.in_scope for p in inside)


def test_out_of_scope_is_never_predicted_as_a_label(classifier, encoder):
    assert "out_of_scope" not in classifier.labels
    assert all(p.label in EXAMPLES for p in classifier.predict(OUTSIDE, encoder))


def test_confidence_and_ranking_are_chances_in_order(classifier, encoder):
    for prediction in classifier.predict(["where is my parcel", "what is love", "", "!!!", "x" * 5000], encoder):
        chances = [chance for _, chance in prediction.ranking]
        assert chances == sorted(chances, reverse=True)
        assert all(0 <= chance <= 1 for chance in chances)
        assert prediction.ranking[0] == (prediction.label, prediction.confidence)


def test_the_same_seed_gives_the_same_classifier(classifier, encoder):
    again = train(examples(), encoder, seed=7)
    texts = ["track my parcel", "tell me a story", "size small"]
    assert [p.confidence for p in again.predict(texts, encoder)] == [
        p.confidence for p in classifier.predict(texts, encoder)
    ]


def test_without_examples_out_of_scope_it_still_trains_and_rejects(encoder):
    classifier = train(examples(outside=[]), encoder)
    inside, outside = classifier.predict(["track my order", "how tall is the tower"], encoder)
    assert inside.confidence > outside.confidence


def test_two_labels_with_one_example_each_are_enough(encoder):
    classifier = train([Example("hello", "greet"), Example("refund", "money")], encoder)
    assert classifier.predict(["hello"], encoder)[0].label == "greet"
    assert classifier.predict(["refund"], encoder)[0].label == "money"


def test_one_label_is_refused(encoder):
    with pytest.raises(ValueError, match="two labels"):
        train([Example("hello", "greet"), Example("joke", "out_of_scope", oos=True)], encoder)


def test_saved_and_loaded_it_says_the_same(classifier, encoder, tmp_path):
    save(classifier, tmp_path)
    loaded = load(tmp_path, encoder_version="words-1")
    texts = ["where is my parcel", "poem", "stop coffee"]
    before, after = classifier.predict(texts, encoder), loaded.predict(texts, encoder)
    assert [p.label for p in after] == [p.label for p in before]
    assert [p.confidence for p in after] == pytest.approx([p.confidence for p in before], abs=0.01)


def test_nothing_saved_is_a_pickle(classifier, tmp_path):
    save(classifier, tmp_path)
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)


def test_another_encoder_is_refused(classifier, tmp_path):
    save(classifier, tmp_path)
    with pytest.raises(SavedUnusable, match="words-2"):
        load(tmp_path, encoder_version="words-2")
    with pytest.raises(ValueError, match="words-2"):
        classifier.predict(["hello"], WordEncoder(WORDS, "words-2"))


@pytest.mark.parametrize("name", ["arrays.npz", "vocabulary.json", "manifest.json"])
def test_a_damaged_file_is_refused(classifier, tmp_path, name):
    save(classifier, tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SavedUnusable):
        load(tmp_path, encoder_version="words-1")


def test_a_missing_folder_and_another_format_are_refused(classifier, tmp_path):
    with pytest.raises(SavedUnusable):
        load(tmp_path / "nowhere", encoder_version="words-1")
    save(classifier, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(SavedUnusable, match="99"):
        load(tmp_path, encoder_version="words-1")
