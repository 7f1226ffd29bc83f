"""Problem words are not frustration: the real encoder, the committed weights, messages the regression was not shown."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from bot.frustration.background import load_background
from bot.frustration.conversation import Conversation, Said
from bot.frustration.emotions import WEIGHTS, load_emotions
from bot.frustration.training import read_examples, train_detector
from bot.intents.examples import Example as IntentExample
from bot.intents.training import train
from bot.layered import LayeredEncoder

OFFER = 0.6  # from here on the hand-off rules offer a person
DANGER = re.compile(r"gas|hiss|hot|cut a finger|flame|power bank|batter", re.IGNORECASE)


@pytest.fixture(scope="module")
def encoder(encoder_folder):
    return LayeredEncoder.load(encoder_folder)


@pytest.fixture(scope="module")
def examples():
    return read_examples(Path("data/frustration"))


@pytest.fixture(scope="module")
def trained(encoder, examples):
    emotions = load_emotions(WEIGHTS, encoder_version=encoder.encoder_version)
    background = load_background(WEIGHTS, encoder_version=encoder.encoder_version)
    return train_detector(examples, emotions, encoder, background=background)


@pytest.fixture(scope="module")
def scores_by_kind(trained, examples):
    kinds = np.array([example.kind for example in examples])
    return {kind: trained.scores[kinds == kind] for kind in set(kinds)}


def test_at_most_one_calm_problem_in_fifty_reaches_an_offer_of_a_person(scores_by_kind):
    assert (scores_by_kind["problems"] >= OFFER).mean() <= 0.02


def test_ordinary_messages_stay_calm(scores_by_kind):
    assert (scores_by_kind["ordinary"] >= OFFER).mean() <= 0.02


def test_seven_in_ten_of_the_politely_fed_up_are_noticed(scores_by_kind):
    assert (scores_by_kind["fed_up"] >= OFFER).mean() >= 0.7


def test_other_trades_are_told_apart_too(scores_by_kind):
    fed_up = np.concatenate([scores for kind, scores in scores_by_kind.items() if kind.startswith("fed_up_")])
    calm = np.concatenate([scores for kind, scores in scores_by_kind.items() if kind.startswith("calm_")])
    assert min(len(fed_up), len(calm)) >= 350
    assert (fed_up >= OFFER).mean() >= 0.55
    assert (calm >= OFFER).mean() <= 0.04


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


def test_brief_follow_ups_are_calm(trained, encoder):
    asked = Said("customer", "how do I clean my boots"), Said("bot", "With a soft brush and lukewarm water.")
    texts = [text.strip() for line in FOLLOW_UPS.strip().splitlines() for text in line.split("/")]
    assert len(texts) >= 30
    judged = {text: trained.detector.judge(text, encoder, before=Conversation(asked)).score for text in texts}
    assert {text: score for text, score in judged.items() if score >= 0.5} == {}


def test_no_calm_problem_is_handed_over_at_once_unless_it_names_a_danger(encoder, examples):
    nlu = [read_nlu(path) for path in sorted(Path("data/nlu").glob("*.yml"))]
    classifier = train([example for file in nlu for example in file], encoder)
    outcomes = yaml.safe_load(Path("data/intents.yml").read_text(encoding="utf-8"))["intents"]
    texts = [example.text for example in examples if example.kind == "problems"]
    assert len(texts) >= 400
    handed_over = set()
    for text, said in zip(texts, classifier.predict(texts, encoder), strict=True):
        outcome = outcomes[said.label]
        if outcome["outcome"] == "hand_off" and said.confidence >= outcome.get("cut_off", 0.5):
            handed_over.add(text)
    assert {text for text in handed_over if not DANGER.search(text)} == set()


def read_nlu(path):
    for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        for line in block["examples"].splitlines():
            yield IntentExample(line.removeprefix("- "), block["intent"], block["intent"] == "out_of_scope")
