"""The formulas behind the figures, on lines that a reader can work out by hand; rankings are in tests/ops."""

from __future__ import annotations

import pytest

from api.evaluation.score import ScoreRefused, auroc, score_frustration, score_intents


def test_auroc_counts_ties_half() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx(0.875)  # 1 + 1 + 0.5 + 1 of four pairs
    assert auroc([], [0.5]) is None


def test_intents() -> None:
    test = [{"label": "a"}, {"label": "a"}, {"label": "b"}, {"label": "?", "oos": True}]
    said = [
        {"label": "a", "confidence": 0.9},
        {"label": "b", "confidence": 0.6},
        {"label": "b", "confidence": 0.8},
        {"label": "a", "confidence": 0.7},
    ]
    figures = score_intents(test, said)
    assert figures["accuracy"] == pytest.approx(2 / 3)
    assert figures["macro_f1"] == pytest.approx(2 / 3)
    assert figures["oos_auroc"] == pytest.approx(2 / 3)
    assert figures["at_best_sum"] == {"threshold": 0.8, "in_scope_accuracy": pytest.approx(2 / 3), "oos_recall": 1.0}


def test_frustration() -> None:
    turns = [{"dialogue_id": 1, "turn": i, "frustrated": flag} for i, flag in enumerate((True, False, True, False))]
    scores = [{"dialogue_id": 1, "turn": i, "score": s} for i, s in enumerate((0.9, 0.7, 0.6, 0.1))]
    figures = score_frustration(turns, scores)
    assert figures["auroc"] == pytest.approx(0.75)
    assert figures["average_precision"] == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert figures["at_0.5"] == {"flagged": 3, "precision": pytest.approx(2 / 3), "recall": 1.0}


def test_files_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ScoreRefused, match="predictions"):
        score_intents([{"label": "a"}], [])
    with pytest.raises(ScoreRefused, match="no score"):
        score_frustration([{"dialogue_id": 1, "turn": 0, "frustrated": True}], [])
    twice = [{"dialogue_id": 1, "turn": 0, "score": 0.5}] * 2
    with pytest.raises(ScoreRefused, match="twice"):
        score_frustration([], twice)
    with pytest.raises(ScoreRefused, match="finite"):
        score_intents([{"label": "a"}], [{"label": "a", "confidence": float("nan")}])
