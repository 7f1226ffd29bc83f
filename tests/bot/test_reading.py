"""How the classifier reads what people type: slips of the finger are put right, the company's own words stay."""

import numpy as np
import pytest

from bot.intents.examples import Example
from bot.intents.reading import Reader
from bot.intents.storage import load, save
from bot.intents.training import train
from tests.bot.fake_encoder import WordEncoder

ENCODER = WordEncoder("where parcel order track refund money back refillbox cancel")
EXAMPLES = [
    Example("where is my parcel", "order_status"),
    Example("track my order", "order_status"),
    Example("I want my money back", "refund"),
    Example("a refund please", "refund"),
    Example("cancel the refillbox", "stop_refillbox"),
    Example("no more refillbox", "stop_refillbox"),
    Example("stop the refilbox", "stop_refillbox"),
]


@pytest.fixture(scope="module")
def classifier():
    return train(EXAMPLES, ENCODER)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("wheer is my parsel", "where is my parcel"),
        ("cancle the refilbox", "cancel the refillbox"),  # the company's own word, though one example mistypes it
        ("where is my refillbox", "where is my refillbox"),
        ("", ""),
    ],
)
def test_slips_are_put_right(classifier, typed, read):
    assert classifier.reader.read(typed) == read


def test_a_message_is_classified_as_it_was_meant(classifier):
    meant, typed = classifier.predict(["track my parcel", "trakc my parsel"], ENCODER)
    assert (typed.label, typed.confidence) == (meant.label, meant.confidence)
    assert typed.label == "order_status"


def test_a_mistyped_example_teaches_what_it_meant(classifier):
    mistyped = classifier.regression.ngrams.columns
    assert "wrefillbox" in mistyped
    assert "wrefilbox" not in mistyped


def test_a_word_of_one_example_is_not_trusted_but_a_labels_name_is():
    reader = Reader.of(["my kartusche leaks", "the gaskart leaks"], ["kartusche"])
    assert dict(reader.words) == {"kartusche": 3, "leaks": 2}


def test_the_companys_words_are_saved_with_the_model(classifier, tmp_path):
    save(classifier, tmp_path)
    loaded = load(tmp_path, encoder_version="words-1")
    assert loaded.reader == classifier.reader
    typed = "cancle the refilbox"
    assert loaded.reader.read(typed) == "cancel the refillbox"
    assert np.argmax([chance for _, chance in loaded.predict([typed], ENCODER)[0].ranking]) == 0
