"""What is known about confidence before a company's own examples are seen.

A few hundred examples, some of their labels left out, say too little about real traffic: a scorer fitted on them
alone mistakes their accidents for rules. So it starts from one learned on simulated bots and moves away as far as the
company's own held-out examples ask for it (logistic regression with a Gaussian prior).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.intents.confidence import SIGNALS, Scorer
from bot.intents.vectors import Array, Floats

PRIOR = Path(__file__).parent.parent / "weights" / "confidence.json"
# What says whether the label is right, given that it is in scope: how strongly and how clearly the classifier speaks.
# The rest tells strangers; in this chance too, it made confidence tell them worse.
OF_RIGHT = np.array([name in ("largest_logit", "energy", "margin") for name in SIGNALS])
STRENGTH = 300.0  # of the prior, in squared units of the standardised signals' weights
MOST_SEEN = 1000.0  # total weight of the company's own lines beside it
FEWEST = 20  # lines from which their own mean and spread are trusted
OUT_OF_SCOPE = 1 / 3  # share of traffic that is out of scope
STEPS = 30


@dataclass(frozen=True)
class Prior:
    """A scorer for standardised signals, and the usual mean and spread of these."""

    centre: Floats
    scale: Floats
    scope: Floats  # weights and, last, the bias: the chance of being in scope
    right: Floats  # the same: the chance of the label being right, given that it is in scope


def load_prior(path: Path = PRIOR) -> Prior:
    """Read the committed prior.

    Raises:
        ValueError: it was made for other signals.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    if content["signals"] != list(SIGNALS):
        raise ValueError(f"{path}: made for the signals {content['signals']}")
    numbers = {name: np.array(content[name], dtype=np.float32) for name in ("centre", "scale", "scope", "right")}
    return Prior(**numbers)


def standard(columns: Floats, prior: Prior) -> tuple[Floats, Floats]:
    """Return mean and spread of the signals of lines in scope; the usual ones where there are few lines."""
    if len(columns) < FEWEST:
        return prior.centre, prior.scale
    return columns.mean(axis=0), np.maximum(columns.std(axis=0), prior.scale / 4)


def fit_scorers(columns: Floats, in_scope: Array, right: Array, prior: Prior) -> tuple[Scorer, Scorer]:
    """Fit the chance of being in scope, and of the label being right if so.

    Args:
        columns: signals of lines held out, shape (lines, signals); none leave the prior as it is.
        in_scope: bool for each line.
        right: bool for each line.
        prior: where both start.
    """
    centre, scale = standard(columns[in_scope], prior)
    rows = (columns - centre) / scale
    inside = max(1, int(in_scope.sum()))
    outside = max(1, int((~in_scope).sum()))
    shares = np.where(in_scope, (1 - OUT_OF_SCOPE) / inside, OUT_OF_SCOPE / outside) * min(len(rows), MOST_SEEN)
    scope = fit_from(rows, in_scope, shares, prior.scope)
    even = np.full(int(in_scope.sum()), min(1.0, MOST_SEEN / inside))
    known = fit_from(rows[in_scope] * OF_RIGHT, right[in_scope], even, prior.right)
    return Scorer(centre, scale, scope[:-1], float(scope[-1])), Scorer(centre, scale, known[:-1], float(known[-1]))


def fit_from(rows: Floats, truth: Array, weights: Array, start: Floats, strength: float = STRENGTH) -> Floats:
    """Fit a logistic regression by Newton's method, drawn towards `start` (weights and, last, the bias)."""
    table = np.c_[rows, np.ones(len(rows))].astype(np.float64)
    fitted = start.astype(np.float64)
    for _ in range(STEPS):
        chances = 1 / (1 + np.exp(-np.clip(table @ fitted, -30, 30)))
        slope = table.T @ (weights * (chances - truth)) + strength * (fitted - start)
        bend = (table.T * (weights * chances * (1 - chances))) @ table + strength * np.eye(len(fitted))
        step = np.linalg.solve(bend, slope)
        fitted = fitted - step
        if np.abs(step).max() < 1e-7:
            break
    found: Floats = fitted.astype(np.float32)
    return found
