"""Calibrators compared on labelled files: the shipped one as it is, and one fitted to half of the documents.

The halves hold different documents, and each half's questions are measured with what was fitted to the other's, so that
nothing about a document is known that its questions are about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kb_index.build import judged, spacy_sentences
from kb_index.confidence import Calibration, Flags, Floats, LabelledQuestion, default_calibration, fit
from kb_index.encoder import Encoder
from kb_index.evaluate import articles_of, labelled_of
from kb_index.index import make_index
from kb_index.lines import read_lines
from kb_index.reliability import bins_of, expected_calibration_error


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a calibrator is worth on some questions."""

    questions: int
    auroc: float | None  # of confidence, for "the first article is right"; None where all are right or all wrong
    calibration_error: float  # expected, 15 bins of equal size
    answered: float  # share of questions, at the calibrator's own cut-offs
    wrong: float | None  # share of those answered; None where none is


def compare(
    documents: Path,
    queries: Path,
    encoder: Encoder,
    *,
    warn: Callable[[str], None] = lambda _: None,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> dict[str, Calibrated]:
    """Ask every query, and measure the shipped calibrator and the ones fitted to either half of the documents.

    Raises:
        ValueError: a file cannot be read, or fewer than two documents are asked for.
    """
    index = make_index(articles_of(read_lines(documents), warn), encoder, spacy_sentences(), progress)
    asked = labelled_of(read_lines(queries))
    progress("Asking", 0.0)
    shipped = default_calibration()
    signals, right = judged(index, encoder, asked, shipped)
    return compared(signals, right, asked, shipped)


def compared(
    signals: Floats, right: Flags, asked: Sequence[LabelledQuestion], shipped: Calibration
) -> dict[str, Calibrated]:
    """Compare calibrators on questions whose signals are known; see `compare`."""
    halves = halves_of(asked)
    answerable = np.array([bool(question.relevant) for question in asked])
    as_it_is = decided(shipped, signals)
    fitted = (np.zeros(len(asked)), np.zeros(len(asked), dtype=bool))
    for half in (False, True):
        known, new = halves != half, halves == half
        calibration = fit(signals[known], right[known], answerable[known], shipped)
        fitted[0][new], fitted[1][new] = decided(calibration, signals[new])
    return {"shipped": calibrated(*as_it_is, right), "fitted_to_the_other_half": calibrated(*fitted, right)}


def halves_of(asked: Sequence[LabelledQuestion]) -> Flags:
    """Say of each question whether it is in the second half: every other document, by name, with all its questions.

    Questions without a document are dealt out one by one.

    Raises:
        ValueError: fewer than two documents are asked for.
    """
    names = sorted({question.relevant[0] for question in asked if question.relevant})
    if len(names) < 2:
        raise ValueError("fewer than two documents are asked for: they cannot be halved")
    second = frozenset(names[1::2])
    return np.array(
        [q.relevant[0] in second if q.relevant else bool(place % 2) for place, q in enumerate(asked)], dtype=bool
    )


def decided(calibration: Calibration, signals: Floats) -> tuple[Floats, Flags]:
    """Return each question's confidence, and whether the bot would answer it."""
    confidence, coverage = calibration.confidence(signals), calibration.coverage(signals)
    pairs = zip(confidence.tolist(), coverage.tolist(), strict=True)
    return confidence, np.array([calibration.decide(*pair) == "answer" for pair in pairs], dtype=bool)


def calibrated(confidence: Floats, answered: Flags, right: Flags) -> Calibrated:
    """Measure given confidences and decisions."""
    error = expected_calibration_error(bins_of(confidence.tolist(), right.tolist()))
    return Calibrated(
        questions=len(right),
        auroc=_auroc(confidence, right),
        calibration_error=error or 0.0,
        answered=float(answered.mean()),
        wrong=float((~right[answered]).mean()) if answered.any() else None,
    )


def as_json(found: dict[str, Calibrated]) -> dict[str, dict[str, float | int | None]]:
    """Return a comparison as JSON takes it."""
    return {name: asdict(figures) for name, figures in found.items()}


def _auroc(confidence: Floats, right: Flags) -> float | None:
    """Return the chance that a right one is surer than a wrong one, ties counting half (Hanley and McNeil, 1982)."""
    yes, no = confidence[right], np.sort(confidence[~right])
    if not len(yes) or not len(no):
        return None
    below, up_to = np.searchsorted(no, yes, side="left"), np.searchsorted(no, yes, side="right")
    return float((below + up_to).mean() / (2 * len(no)))
