from __future__ import annotations

import numpy as np
import pytest

from kb_index.build import FEWEST_LABELLED, LabelledQuestion, calibrate, unseen
from kb_index.confidence import (
    COMPARING,
    SIGNALS,
    Calibration,
    Curve,
    cross_fitted,
    default_calibration,
    fit,
    fitted_curve,
)
from kb_index.conversation import Asked
from kb_index.cut_offs import FEWEST, answer_cut_off, best_parting, binomial_tail
from kb_index.search import Search


def calibration(*, weight: float) -> Calibration:
    """Confidence is the logistic curve of `weight` times the first signal; coverage is always a half."""
    ones, zeros = (1.0,) * len(SIGNALS), (0.0,) * len(SIGNALS)
    curve = Curve((weight, *zeros[1:]), 0.0)
    return Calibration(zeros, ones, curve, Curve(zeros, 0.0), 0.85, default_calibration().cut_offs)


def test_confidence_is_the_logistic_curve_of_the_signals() -> None:
    signals = np.zeros((3, len(SIGNALS)))
    signals[:, 0] = [-1.0, 0.0, 1.0]
    # 1 / (1 + e^-2) = 0.8808
    assert calibration(weight=2.0).confidence(signals) == pytest.approx([0.1192, 0.5, 0.8808], abs=1e-4)
    assert calibration(weight=2.0).coverage(signals) == pytest.approx([0.5, 0.5, 0.5])


def test_fitting_learns_which_signal_tells_what() -> None:
    chance = np.random.default_rng(7)
    signals = chance.normal(size=(400, len(SIGNALS)))
    right, answerable = signals[:, 3] > 0, signals[:, 5] > 0
    fitted = fit(signals, right, answerable)
    assert np.argmax(fitted.right.weights) == 3
    assert np.argmax(fitted.covered.weights) == 5
    assert float((fitted.confidence(signals) > 0.5)[right].mean()) > 0.9
    assert 0.2 < fitted.cut_offs.clarify < 0.8


def test_what_compares_pages_tells_which_is_right_but_not_whether_any_is() -> None:
    chance = np.random.default_rng(5)
    signals = chance.normal(size=(400, len(SIGNALS)))
    leads = signals[:, SIGNALS.index("lead")] > 0
    fitted = fit(signals, leads, leads)
    compared = [name in COMPARING for name in SIGNALS]
    assert np.argmax(fitted.right.weights) == SIGNALS.index("lead")
    assert not np.array(fitted.covered.weights)[compared].any()
    assert not np.array(default_calibration().covered.weights)[compared].any()


def test_few_questions_hardly_move_the_shipped_calibration() -> None:
    prior = default_calibration()
    signals = np.tile(np.array(prior.means), (3, 1))
    fitted = fit(signals, np.array([True, True, False]), np.array([True, True, True]), prior)
    assert fitted.right.weights == pytest.approx(prior.right.weights, abs=0.1)
    assert fitted.cut_offs.clarify == prior.cut_offs.clarify  # without an unanswerable one, nothing was learnt


def test_a_cut_off_is_chosen_on_questions_left_out_of_fitting() -> None:
    chance = np.random.default_rng(11)
    signals = chance.normal(size=(60, len(SIGNALS)))
    right = chance.random(60) > 0.5  # nothing tells: whatever is fitted, only chance agrees with it
    rows = (signals - signals.mean(axis=0)) / signals.std(axis=0)
    fitted, left_out = fitted_curve(rows, right, None).chance(rows), cross_fitted(rows, right, None)
    assert fitted[right].mean() - fitted[~right].mean() > left_out[right].mean() - left_out[~right].mean()


def test_a_calibration_survives_being_written(search: Search) -> None:
    assert Calibration.from_json(search.calibration.to_json()) == search.calibration


def test_the_chance_of_no_wrong_answer_among_28_is_5_percent_at_a_budget_of_a_tenth() -> None:
    assert binomial_tail(0, 28, 0.1) == pytest.approx(0.9**28)
    assert binomial_tail(1, 2, 0.5) == pytest.approx(0.75)
    assert binomial_tail(2, 2, 0.5) == pytest.approx(1.0)


def test_a_cut_off_is_found_among_thousands_of_questions() -> None:
    confidence = np.linspace(1.0, 0.0, 8000)
    right = np.arange(8000) % 25 > 0  # one in 25 is wrong, however sure
    answered = confidence >= answer_cut_off(confidence, right, budget=0.05)
    assert answered.mean() > 0.9


def test_the_cut_off_lies_where_wrong_answers_begin() -> None:
    confidence = np.linspace(1.0, 0.0, 200)
    right = np.array([True] * 120 + [False] * 80)
    answered = confidence >= answer_cut_off(confidence, right, budget=0.1)
    assert 120 <= answered.sum() <= 135
    assert (~right[answered]).mean() <= 0.1
    assert best_parting(confidence, right, otherwise=0.3) == pytest.approx(confidence[119])


def test_nothing_is_claimed_from_a_few_answers() -> None:
    confidence = np.linspace(0.9, 0.1, FEWEST - 1)
    assert answer_cut_off(confidence, np.ones(FEWEST - 1, dtype=bool), budget=0.1) == pytest.approx(0.9)


def test_one_more_wrong_answer_would_still_keep_the_budget() -> None:
    confidence = np.linspace(0.99, 0.01, 99)
    right = np.arange(99) != 30  # one wrong among the first 39, so that (1 + 1) / (39 + 1) is the budget
    right[39:] = False
    assert answer_cut_off(confidence, right, budget=0.05) == pytest.approx(confidence[38])


def test_questions_of_one_confidence_are_answered_together_or_not_at_all() -> None:
    confidence = np.array([0.9] * 30 + [0.5] * 30)
    right = np.array([True] * 45 + [False] * 15)  # the 15 right ones among those of 0.5 alone would keep the budget
    assert answer_cut_off(confidence, right, budget=0.05) == pytest.approx(0.9)


def test_the_promise_is_kept_on_the_average_over_what_happened_to_be_labelled() -> None:
    chance = np.random.default_rng(3)
    wrong = given = 0
    for _ in range(200):
        confidence = chance.random(300)
        right = chance.random(300) < confidence  # perfectly calibrated
        cut_off = answer_cut_off(confidence[:150], right[:150], budget=0.2)
        answered = confidence[150:] >= cut_off
        wrong += int((~right[150:][answered]).sum())
        given += int(answered.sum())
    assert 0.15 < wrong / given < 0.21  # above 0.2 by what one question among 150 moves the cut-off


def test_decisions_follow_the_cut_offs() -> None:
    shipped = default_calibration()
    asked = [(0.99, 0.99), (0.5, 0.9), (0.1, 0.05), (0.99, 0.05)]
    assert [shipped.decide(*chances) for chances in asked] == ["answer", "clarify", "offer_person", "offer_person"]


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
