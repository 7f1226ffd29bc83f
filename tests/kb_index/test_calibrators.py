from __future__ import annotations

import numpy as np
import pytest

from kb_index.calibrators import calibrated, compared, halves_of
from kb_index.confidence import SIGNALS, LabelledQuestion, default_calibration


def asked(*documents: str) -> list[LabelledQuestion]:
    return [LabelledQuestion(f"question {place}", (name,) if name else ()) for place, name in enumerate(documents)]


def test_all_questions_of_a_document_are_in_one_half() -> None:
    assert halves_of(asked("b", "a", "b", "c", "a", "d")).tolist() == [True, False, True, False, False, True]


def test_questions_of_no_document_are_dealt_out() -> None:
    assert halves_of(asked("a", "b", "", "")).tolist()[2:] == [False, True]


def test_one_document_cannot_be_halved() -> None:
    with pytest.raises(ValueError, match="cannot be halved"):
        halves_of(asked("a", "a"))


def test_a_calibrator_is_measured_by_hand() -> None:
    right = np.array([True, True, False, False])
    found = calibrated(np.array([0.9, 0.6, 0.6, 0.1]), np.array([True, False, True, False]), right)
    # of the four pairs of a right and a wrong one, three are ordered and one is tied
    assert (found.questions, found.auroc, found.answered, found.wrong) == (4, 0.875, 0.5, 0.5)
    assert found.calibration_error == pytest.approx((0.1 + 0.4 + 0.6 + 0.1) / 4)


def test_what_a_half_teaches_is_measured_on_the_other() -> None:
    chance = np.random.default_rng(5)
    signals = np.tile(np.array(default_calibration().means), (400, 1))
    tells = SIGNALS.index("lead")
    signals[:, tells] += chance.normal(size=400) * default_calibration().scales[tells]
    right = signals[:, tells] < signals[:, tells].mean()  # the opposite of what the shipped one believes
    names = [f"d{place % 20:02}" for place in range(400)]
    found = compared(signals, right, asked(*names), default_calibration())
    shipped, fitted = found["shipped"], found["fitted_to_the_other_half"]
    assert shipped.auroc is not None
    assert fitted.auroc is not None
    assert shipped.auroc < 0.2 < 0.9 < fitted.auroc
    assert fitted.calibration_error < shipped.calibration_error
