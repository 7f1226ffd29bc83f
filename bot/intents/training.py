"""Training the classifier: regression on all examples, confidence learned from examples it was not shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.classifier import Classifier
from bot.intents.confidence import Scorer, signals
from bot.intents.examples import Example, TrainingSet, training_set
from bot.intents.fitting import OUTSIDE, Lines, fit
from bot.intents.folds import folds
from bot.intents.prior import fit_scorers, load_prior
from bot.intents.regression import Regression
from bot.intents.vectors import Array, Floats, Integers, SentenceEncoder

LEFT_OUT_LABELS = 0.2  # labels left out of a fold, whose examples stand for messages out of scope

Progress = Callable[[str], None]


def train(
    examples: Sequence[Example], encoder: SentenceEncoder, *, seed: int = 7, progress: Progress = lambda _: None
) -> Classifier:
    """Train a classifier.

    Args:
        examples: at least two labels in scope, each with at least one example; blank texts are skipped.
        encoder: encodes them; serving needs the same one.
        seed: decides the folds; the same seed and examples give the same classifier.
        progress: told what is going on, in words.

    Raises:
        ValueError: fewer than two labels in scope.
    """
    progress(f"Encoding {len(examples)} examples")
    known = training_set(examples, encoder, seed=seed)
    progress("Learning confidence from held-out examples")
    scope, right = learn_confidence(known, seed=seed)
    progress(f"Fitting {len(known.labels)} labels")
    regression = fit(known.lines + known.names + known.outside, len(known.labels))
    return Classifier(known.labels, encoder.encoder_version, known.reader, regression, scope, right)


@dataclass(frozen=True)
class Observed:
    """Signals of lines the regression was not shown, with what was true of them."""

    columns: Floats
    in_scope: Array
    right: Array


def learn_confidence(known: TrainingSet, *, seed: int) -> tuple[Scorer, Scorer]:
    """Learn the chance of being in scope, and of the label being right, from lines held out.

    Real out-of-scope examples are held out in their turn, beside those in scope.
    """
    lines = known.lines + known.outside
    observed = [
        observe_fold(lines[shown] + known.names, lines[held], len(known.labels), seed=seed * 1000 + part)
        for part, (shown, held) in enumerate(folds(lines.labels, seed=seed))
    ]
    columns = np.concatenate([seen.columns for seen in observed])
    in_scope = np.concatenate([seen.in_scope for seen in observed])
    right = np.concatenate([seen.right for seen in observed])
    return fit_scorers(columns, in_scope, right, load_prior())


def observe_fold(shown: Lines, held: Lines, count: int, *, seed: int) -> Observed:
    """Classify held-out lines by a regression that was shown the others, less some of the labels.

    The examples of the labels left out look like the company's own business without having an answer, which is what
    most messages out of scope look like.
    """
    absent = np.random.default_rng(seed).choice(count, size=int(count * LEFT_OUT_LABELS), replace=False)
    present = np.setdiff1d(np.arange(count), absent)
    numbers = np.full(count + 1, OUTSIDE)
    numbers[present] = np.arange(len(present))  # the last one stays OUTSIDE, and is what label -1 finds
    taught = shown[np.flatnonzero(~np.isin(shown.labels, absent))]
    return observe(fit(renumbered(taught, numbers), len(present)), renumbered(held, numbers))


def renumbered(lines: Lines, numbers: Integers) -> Lines:
    """Give lines the label numbers of a fold; lines of absent labels become lines out of scope."""
    return Lines(lines.texts, lines.layers, numbers[lines.labels])


def observe(regression: Regression, held: Lines) -> Observed:
    """Classify lines held out."""
    cosines = regression.cosines(held.layers)
    logits = regression.logits(held.texts, held.layers, cosines)
    columns = signals(logits, cosines, regression.starts)
    return Observed(columns, held.labels != OUTSIDE, logits.argmax(axis=1) == held.labels)
