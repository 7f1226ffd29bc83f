from __future__ import annotations

import numpy as np
import pytest

from kb_index.build import FEWEST_LABELLED, LabelledQuestion, calibrate, unseen
from kb_index.confidence import SIGNALS, Calibration, default_calibration, fit
from kb_index.conversation import Asked
from kb_index.cut_offs import binomial_tail, choose, proven
from kb_index.search import Search


def calibration(*, weight: float) -> Calibration:
    """Confidence is the logistic curve of `weight` times the first signal."""
    ones, zeros = (1.0,) * len(SIGNALS), (0.0,) * len(SIGNALS)
    weights = (weight, *zeros[1:])
    return Calibration(zeros, ones, weights, 0.0, 0.85, default_calibration().cut_offs)


def test_confidence_is_the_logistic_curve_of_the_signals() -> None:
    signals = np.zeros((3, len(SIGNALS)))
    signals[:, 0] = [-1.0, 0.0, 1.0]
    # 1 / (1 + e^-2) = 0.8808
    assert calibration(weight=2.0).confidence(signals) == pytest.approx([0.1192, 0.5, 0.8808], abs=1e-4)


def test_fitting_learns_which_signal_tells() -> None:
    chance = np.random.default_rng(7)
    signals = chance.normal(size=(400, len(SIGNALS)))
    right = signals[:, 3] > 0
    fitted = fit(signals, right)
    assert np.argmax(fitted.weights) == 3
    assert float((fitted.confidence(signals) > 0.5)[right].mean()) > 0.95


def test_few_questions_hardly_move_the_shipped_calibration() -> None:
    prior = default_calibration()
    signals = np.tile(np.array(prior.means), (3, 1))
    assert fit(signals, np.array([True, True, False]), prior).weights == pytest.approx(prior.weights, abs=0.1)


def test_a_calibration_survives_being_written(search: Search) -> None:
    assert Calibration.from_json(search.calibration.to_json()) == search.calibration


def test_the_chance_of_no_wrong_answer_among_28_is_5_percent_at_a_budget_of_a_tenth() -> None:
    assert binomial_tail(0, 28, 0.1) == pytest.approx(0.9**28)
    assert binomial_tail(1, 2, 0.5) == pytest.approx(0.75)


def test_the_cut_off_lies_where_wrong_answers_begin() -> None:
    confidence = np.linspace(1.0, 0.0, 200)
    right = np.array([1.0] * 120 + [0.0] * 80)
    cut_offs = choose(confidence, right, right, budget=0.1)
    answered = confidence >= cut_offs.answer
    assert 120 <= answered.sum() <= 135
    assert (1 - right[answered]).mean() <= 0.1
    assert cut_offs.clarify == pytest.approx(confidence[124])


def test_nothing_is_proven_by_a_few_answers() -> None:
    assert proven(list(range(1, 11)), np.zeros(10, dtype=int), 0.1) is None


def test_decisions_follow_the_cut_offs() -> None:
    shipped = default_calibration()
    assert [shipped.decide(chance) for chance in (0.9, 0.6, 0.1)] == ["answer", "clarify", "offer_person"]


def test_too_few_labelled_questions_keep_the_shipped_calibration(search: Search) -> None:
    labelled = [LabelledQuestion("where is my parcel", ("parcels",))] * (FEWEST_LABELLED - 1)
    assert calibrate(search.index, search.encoder, labelled) == default_calibration()


def test_labelled_questions_move_confidence_towards_what_they_say(search: Search) -> None:
    wrong = [LabelledQuestion(f"boots number {number}", ()) for number in range(FEWEST_LABELLED)]
    doubting = calibrate(search.index, search.encoder, wrong)
    _, signals = search.first_page(Asked.of("boots number 5"))
    assert doubting.confidence(signals[None])[0] < search.calibration.confidence(signals[None])[0]


def test_questions_listed_in_an_article_do_not_calibrate(search: Search) -> None:
    listed, other = LabelledQuestion("Where is my parcel ", ("parcels",)), LabelledQuestion("parcel?", ("parcels",))
    assert unseen(search.index, [listed, other]) == [other]
