"""Problem words are not frustration: the real encoder, the committed weights, messages the regression was not shown."""

from pathlib import Path

import numpy as np
import pytest

from bot.frustration.background import load_background
from bot.frustration.conversation import Conversation, Said
from bot.frustration.detector import chance, evidence
from bot.frustration.emotions import WEIGHTS, load_emotions
from bot.frustration.signs import doubt, sign_row
from bot.frustration.training import Lines, calibrate, held_out_odds, read_examples, train_detector
from bot.intents.vectors import encode_all
from kb_index.encoder import Encoder

OFFER = 0.6  # from here on the hand-off rules offer a person


@pytest.fixture(scope="module")
def scores_by_kind(encoder_folder):
    encoder = Encoder.load(encoder_folder)
    emotions = load_emotions(WEIGHTS, encoder_version=encoder.encoder_version)
    background = load_background(WEIGHTS, encoder_version=encoder.encoder_version)
    examples = read_examples(Path("data/frustration"))
    texts = [example.text for example in examples]
    signs = np.stack([sign_row(text) for text in texts])
    scaling = signs.mean(axis=0), signs.std(axis=0) + 0.05
    truth = np.array([example.frustrated for example in examples])
    own = Lines(evidence(emotions, scaling, signs, encode_all(encoder, texts)), truth, np.ones(len(texts), np.float32))
    rows = evidence(emotions, scaling, background.signs, background.vectors)
    lines = own + Lines(rows, background.frustrated, background.weights)
    odds = held_out_odds(lines, seed=7)
    slope, offset = calibrate(odds, lines)
    pairs = zip(odds[: len(texts)], texts, strict=True)
    scores = np.array([chance(slope * float(value) + offset - doubt(text)) for value, text in pairs])
    kinds = np.array([example.kind for example in examples])
    return {kind: scores[kinds == kind] for kind in set(kinds)}


def test_at_most_one_calm_problem_in_fifty_reaches_an_offer_of_a_person(scores_by_kind):
    assert (scores_by_kind["problems"] >= OFFER).mean() <= 0.02


def test_ordinary_messages_stay_calm(scores_by_kind):
    assert (scores_by_kind["ordinary"] >= OFFER).mean() <= 0.02


def test_seven_in_ten_of_the_politely_fed_up_are_noticed(scores_by_kind):
    assert (scores_by_kind["fed_up"] >= OFFER).mean() >= 0.7


def test_open_anger_is_noticed(scores_by_kind):
    assert (scores_by_kind["angry"] >= OFFER).mean() >= 0.8


def test_a_score_is_a_chance(scores_by_kind):
    calm = np.concatenate([scores_by_kind["problems"], scores_by_kind["ordinary"]])
    upset = np.concatenate([scores_by_kind["fed_up"], scores_by_kind["angry"]])
    scores = np.concatenate([calm, upset])
    truth = np.concatenate([np.zeros(len(calm)), np.ones(len(upset))])
    sure = (scores < 0.2) | (scores >= 0.8)
    assert (truth[sure] == (scores[sure] >= 0.8)).mean() >= 0.9


FOLLOW_UPS = """
and how often / and to Norway? / ok and for kids / what about gift cards / how long / why / since when / by whom
which one / and the price? / and how much is it / also in green? / or on Sundays / and if it rains / and with a voucher
for how long / where exactly / how come / and then what / until when / and the lid? / with pegs?
is that per person / and in stores / same for boots?
what if I'm out / and after thirty days / who do I ask / how many / what size / and what does it cost
"""


def test_brief_follow_ups_are_calm(encoder_folder):
    encoder = Encoder.load(encoder_folder)
    emotions = load_emotions(WEIGHTS, encoder_version=encoder.encoder_version)
    background = load_background(WEIGHTS, encoder_version=encoder.encoder_version)
    detector = train_detector(read_examples(Path("data/frustration")), emotions, encoder, background=background)
    asked = Said("customer", "how do I clean my boots"), Said("bot", "With a soft brush and lukewarm water.")
    texts = [text.strip() for line in FOLLOW_UPS.strip().splitlines() for text in line.split("/")]
    assert len(texts) >= 30
    judged = {text: detector.judge(text, encoder, before=Conversation(asked)).score for text in texts}
    assert {text: score for text, score in judged.items() if score >= 0.5} == {}
