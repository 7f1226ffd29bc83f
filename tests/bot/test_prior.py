"""Confidence before a company's own examples are seen, and the simulated bots it was learned on."""

import json

import numpy as np
import pytest

from bot.intents.confidence import SIGNALS
from bot.intents.prior import PRIOR, fit_from, fit_scorers, load_prior
from bot.intents.simulated import Sources, hurried, mistyped, simulate

FRUITS = {f"fruit_{i}": [f"apple number {i} and {j} please" for j in range(60)] for i in range(70)}
TOOLS = {f"tool_{i}": [f"hammer number {i} and {j} please" for j in range(60)] for i in range(70)}
SOURCES = Sources((FRUITS, TOOLS), [f"nonsense {i}" for i in range(90)], [f"chatter {i}" for i in range(90)])


def test_without_lines_the_prior_stays_as_it_is():
    prior = load_prior()
    nothing = np.zeros((0, len(SIGNALS)), dtype=np.float32)
    scope, right = fit_scorers(nothing, np.zeros(0, dtype=bool), np.zeros(0, dtype=bool), prior)
    assert scope.weights == pytest.approx(prior.scope[:-1])
    assert right.bias == pytest.approx(float(prior.right[-1]))
    assert scope.centre == pytest.approx(prior.centre)


def test_lines_draw_the_fit_away_from_the_prior_as_far_as_they_weigh():
    rows = np.array([[1.0], [-1.0]] * 50, dtype=np.float32)
    truth = np.array([True, False] * 50)
    start = np.array([-1.0, 0.0], dtype=np.float32)
    light, heavy = (fit_from(rows, truth, np.full(100, weight), start, strength=10.0) for weight in (0.01, 10.0))
    assert start[0] < light[0] < 0 < heavy[0]


def test_a_prior_for_other_signals_is_refused(tmp_path):
    content = json.loads(PRIOR.read_text()) | {"signals": ["luck"]}
    (tmp_path / "prior.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="luck"):
        load_prior(tmp_path / "prior.json")


@pytest.mark.parametrize("seed", range(4))
def test_a_simulated_bot_has_about_a_third_of_its_traffic_out_of_scope(seed):
    bot = simulate(SOURCES, seed=seed)
    outside = sum(example.oos for example in bot.test)
    assert outside / len(bot.test) == pytest.approx(1 / 3, abs=0.04)
    assert not {e.text for e in bot.train} & {e.text for e in bot.test}
    assert simulate(SOURCES, seed=seed) == bot
    assert any(example.oos for example in bot.train) == (seed % 4 >= 2)


def test_only_people_in_a_hurry_mistype():
    random = np.random.default_rng(1)
    assert hurried("Where is my parcel?", 0.0, random) == "Where is my parcel?"
    assert len({hurried("Where is my parcel?", 1.0, random) for _ in range(20)}) > 5


def test_a_slip_of_the_finger_changes_a_long_word_by_one_letter():
    random = np.random.default_rng(2)
    for _ in range(50):
        slip = mistyped("a parcel is it", random)
        assert slip.startswith("a p")
        assert slip.endswith(" is it")
        assert abs(len(slip) - len("a parcel is it")) <= 1
    assert mistyped("is it", random) == "is it"
