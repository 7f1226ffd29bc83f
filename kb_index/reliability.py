"""Whether confidence means what it says: of the answers given with a chance of 0.8, how many are right?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 15


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of about one confidence."""

    questions: int
    confidence: float  # mean, in [0, 1]
    right: float  # share whose first article is right, in [0, 1]


def bins_of(confidence: Sequence[float], right: Sequence[bool], *, bins: int = BINS) -> tuple[Bin, ...]:
    """Part questions into bins of (nearly) equal size, the least sure first; no bin is empty."""
    order = np.argsort(np.array(confidence, dtype=np.float64), kind="stable")
    sure, truth = np.array(confidence, dtype=np.float64)[order], np.array(right, dtype=np.float64)[order]
    parts = (part for part in np.array_split(np.arange(len(order)), bins) if len(part))
    return tuple(Bin(len(part), float(sure[part].mean()), float(truth[part].mean())) for part in parts)


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the mean distance of confidence from the share right (Naeini et al., 2015); None without questions."""
    questions = sum(one.questions for one in bins)
    if not questions:
        return None
    return sum(one.questions * abs(one.confidence - one.right) for one in bins) / questions
