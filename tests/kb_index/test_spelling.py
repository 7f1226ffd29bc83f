"""Misspelt words are read as what was meant; everything else is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kb_index.spelling import Spelling

SPELLING = Spelling(
    ["Return a cracked gas cartridge in its original packaging", "Guernsey: refunds, vouchers, receipt"]
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("can i retern a gas cartrige", "can i return a gas cartridge"),
        ("in the orignal packging", "in the original packaging"),
        ("do u deliver to gernsey", "do u deliver to guernsey"),
        ("WHERE IS MY RECIEPT", "WHERE IS MY receipt"),
    ],
)
def test_a_slip_is_read_as_the_word_that_was_meant(written: str, meant: str) -> None:
    assert SPELLING.corrected(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "a tenner for the plumber",  # English, though not in the articles
        "up Scafell with DofE",  # names
        "TW-1234567 v2.1 it's",
        "bitcoin",  # two slips from a word that is not the shop's
        "zzzzqqqq",
        "",
    ],
)
def test_what_is_no_slip_stays(text: str) -> None:
    assert SPELLING.corrected(text) == text


def test_a_history_full_of_rubbish_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb_index.spelling.CACHED", 4)
    spelling = Spelling(["a cracked gas cartridge"])
    history = ["qzaa qzbb qzcc", "qzdd qzee qzff"]  # more words than are kept
    for text in history:
        spelling.corrected(text)
    looked_up = spelling.word.cache_info().misses
    assert looked_up == 6
    for text in history:
        spelling.corrected(text)
    assert spelling.word.cache_info().misses == looked_up


@given(some.text(max_size=200))
def test_any_text_keeps_its_words(text: str) -> None:
    corrected = SPELLING.corrected(text)
    assert len(corrected.split()) == len(text.split())
    assert SPELLING.corrected(corrected) == corrected


@pytest.mark.parametrize("text", ["it hasnt come", "i didnt ask, whats wrong", "you wouldnt"])
def test_a_missing_apostrophe_is_no_slip(text: str) -> None:
    assert SPELLING.corrected(text) == text


def test_a_text_in_another_language_is_left_alone_where_that_is_asked_for() -> None:
    german = "wo bleibt meine bestellung, die kartusche fehlt immer nocht"
    careful = Spelling(["bestelling meiner kartusch"], most=3)
    assert careful.corrected(german) == german
    assert careful.corrected("where is my bestelung") == "where is my bestelling"
