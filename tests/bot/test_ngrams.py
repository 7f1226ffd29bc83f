"""N-grams weighed by TF-IDF."""

import numpy as np
import pytest

from bot.intents.ngrams import Ngrams, character_ngrams, word_ngrams


def test_words_give_single_words_and_neighbouring_pairs():
    assert list(word_ngrams(["where", "is", "it"])) == ["where", "is", "it", "where is", "is it"]


def test_characters_mark_the_edges_of_words():
    assert list(character_ngrams(["ab"])) == [" a", "ab", "b ", " ab", "ab ", " ab "]


def test_each_kind_of_ngram_has_unit_length():
    ngrams = Ngrams.of(["where is my parcel", "refund please"])
    row = ngrams.row("parcel refund")
    names = {column: name for name, column in ngrams.columns.items()}
    words = [weight for column, weight in zip(row.columns, row.weights, strict=True) if names[column][0] == "w"]
    assert np.linalg.norm(words) == pytest.approx(1.0)
    assert words == pytest.approx([0.7071, 0.7071], abs=1e-4)  # "parcel" and "refund", each in one of two texts


def test_a_word_in_every_text_weighs_least():
    ngrams = Ngrams.of(["my parcel", "my refund"])
    assert ngrams.rarity[ngrams.columns["wmy"]] == pytest.approx(1.0)
    assert ngrams.rarity[ngrams.columns["wparcel"]] == pytest.approx(1.4055, abs=1e-4)  # ln(3 / 2) + 1


def test_nothing_known_gives_an_empty_row():
    assert len(Ngrams.of(["abc", "def"]).row("!!!").columns) == 0


def test_a_misspelling_still_shares_its_pieces():
    ngrams = Ngrams.of(["where is my parcel", "cancel my coffee"])
    names = {column: name for name, column in ngrams.columns.items()}
    assert "c par" in {names[column] for column in ngrams.row("parsel").columns}
