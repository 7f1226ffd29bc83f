"""The frustration detector, through train, judge, save and load, with base weights worked out by hand."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from bot.frustration.conversation import Conversation, Said
from bot.frustration.detector import load_detector, save_detector
from bot.frustration.emotions import WEIGHTS, Emotions
from bot.frustration.signs import count_signs
from bot.frustration.training import Example, read_examples, train_detector
from bot.saved import SavedUnusable
from tests.bot.fake_encoder import WordEncoder

WORDS = "useless ridiculous angry broken refund parcel order thanks hello where late wrong"
ANGRY = [
    "this is useless",
    "ridiculous!!",
    "I am angry",
    "USELESS BOT",
    "so angry about the order",
    "what a ridiculous shop",
]
CALM = [
    "the cup is broken",
    "refund for the wrong order please",
    "hello",
    "thanks",
    "where is my parcel",
    "parcel is late",
]
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def encoder():
    return WordEncoder(WORDS)


def base_emotions(encoder):
    weights = np.zeros((encoder.dim, 2), dtype=np.float32)
    weights[2, 0] = weights[1, 1] = 4.0  # "angry" reads as anger, "ridiculous" as annoyance
    zeros, ones = np.zeros(2, dtype=np.float32), np.ones(2, dtype=np.float32)
    return Emotions(("anger", "annoyance"), "words-1", weights, zeros, zeros, ones)


@pytest.fixture(scope="module")
def detector(encoder):
    examples = [Example(text, True, "angry") for text in ANGRY] + [Example(text, False, "calm") for text in CALM]
    return train_detector(examples, base_emotions(encoder), encoder).detector


def said(*texts: str, sender: str = "customer") -> tuple[Said, ...]:
    return tuple(Said(sender, text) for text in texts)


def test_anger_scores_above_one_half_and_problems_below(detector, encoder):
    assert detector.judge("I am so angry, this is ridiculous!!", encoder).score > 0.5
    assert detector.judge("The parcel is broken, a refund please", encoder).score < 0.5


def test_every_score_has_its_reasons(detector, encoder):
    angry = detector.judge("this is USELESS, I am angry!!", encoder)
    assert {"insult", "anger", "capitals", "exclamations"} & set(angry.codes)
    assert len(angry.reasons) == len(angry.codes)
    assert detector.judge("hello", encoder).reasons == ("calm wording",)


def test_a_joke_asked_for_is_no_anger():
    assert count_signs("what a joke of a company")["anger"] == 1
    assert count_signs("tell me a joke")["anger"] == 0


def test_an_empty_message_is_calm(detector, encoder):
    assert detector.judge("  ", encoder).score == 0.0


def test_asking_the_same_again_raises_the_score_and_says_so(detector, encoder):
    first = detector.judge("where is my parcel", encoder)
    again = detector.judge("where is my parcel", encoder, before=Conversation(said("where is that parcel")))
    assert again.score > first.score
    assert "asks the same again" in again.reasons


def test_each_failed_answer_raises_the_score_up_to_three(detector, encoder):
    scores = [
        detector.judge("where is my parcel", encoder, before=Conversation(failed_turns=turns)).score
        for turns in range(5)
    ]
    assert scores[0] < scores[1] < scores[2] < scores[3] == scores[4]


def test_the_score_of_the_message_alone_leaves_out_what_went_before(detector, encoder):
    alone = detector.judge("where is my parcel", encoder)
    pressed = detector.judge("where is my parcel", encoder, before=Conversation(failed_turns=2))
    assert pressed.score > pressed.message_score == alone.message_score == alone.score


def test_earlier_anger_is_remembered_and_fades_in_the_conversations_score(detector, encoder):
    before = Conversation(said("I am angry, this is ridiculous!!"))
    judged = detector.judge("parcel is late", encoder, before=before)
    assert "already_upset" in judged.codes
    assert judged.conversation_score > judged.score
    assert detector.judge("parcel is late", encoder, before=Conversation(said("angry", sender="agent"))).codes == (
        "calm",
    )


def test_two_minutes_without_an_answer_is_waiting(detector, encoder):
    asked = (Said("customer", "where is my parcel", NOW - timedelta(seconds=120)),)
    answered = (*asked, Said("bot", "On its way.", NOW - timedelta(seconds=118)))
    assert "waiting" in detector.judge("hello", encoder, before=Conversation(asked, now=NOW)).codes
    assert "waiting" not in detector.judge("hello", encoder, before=Conversation(answered, now=NOW)).codes


def test_saved_and_loaded_it_says_the_same(detector, encoder, tmp_path):
    save_detector(detector, tmp_path)
    loaded = load_detector(tmp_path, encoder_version="words-1")
    text = "useless, where is my refund"
    assert loaded.judge(text, encoder).score == pytest.approx(detector.judge(text, encoder).score, abs=1e-3)


def test_another_encoder_or_a_damaged_file_is_refused(detector, tmp_path):
    save_detector(detector, tmp_path)
    with pytest.raises(SavedUnusable, match="words-2"):
        load_detector(tmp_path, encoder_version="words-2")
    (tmp_path / "detector.npz").write_bytes(b"PK")
    with pytest.raises(SavedUnusable, match="checksum"):
        load_detector(tmp_path, encoder_version="words-1")


def test_one_kind_of_example_alone_is_refused(detector, encoder):
    with pytest.raises(ValueError, match="both needed"):
        train_detector([Example("hello", False, "calm")], detector.emotions, encoder)


def test_signs_count_shouting_but_not_order_numbers_or_postcodes():
    assert count_signs("WHERE IS IT")["capitals"] == pytest.approx(5 / 9)  # "IS" and "IT" are too short to be shouted
    assert count_signs("TW-123456 to LA22 9SU, VAT")["capitals"] == 0.0


def test_problem_words_are_no_signs():
    for text in ("it is broken", "there was an error", "refund, cancel, wrong size, damaged, lost, failed"):
        counts = count_signs(text)
        assert not any(counts.values()), (text, counts)


def test_our_own_examples_are_as_many_and_as_different_as_promised(tmp_path):
    from pathlib import Path

    examples = read_examples(Path("data/frustration"))
    kinds = {kind: [e for e in examples if e.kind == kind] for kind in {e.kind for e in examples}}
    assert len(kinds["problems"]) >= 400
    assert len(kinds["fed_up"]) >= 200
    assert len(kinds["angry"]) >= 150
    assert len(kinds["ordinary"]) >= 100
    assert len({e.text.lower() for e in examples}) == len(examples)
    with pytest.raises(ValueError, match="no examples"):
        read_examples(tmp_path)


def test_the_committed_weights_are_small():
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) <= 5_000_000
