"""Refits the detector on the company's own examples, on top of the committed base weights."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from bot.frustration.background import Background
from bot.frustration.detector import Detector, chance, evidence
from bot.frustration.emotions import Emotions
from bot.frustration.signs import doubt, sign_row
from bot.intents.vectors import Array, Floats, SentenceEncoder, encode_all

INVERSE_PENALTY = 0.3  # of 0.3, 1 the better by cross-validation on data/frustration
CALM_WEIGHT = 2.0  # of a calm example beside a frustrated one: more of the traffic is calm than of the examples
FOLDS = 8


@dataclass(frozen=True)
class Example:
    """One message, and whether its writer is frustrated."""

    text: str
    frustrated: bool
    kind: str  # the file it comes from: problems, ordinary, fed_up, angry, ...


def read_examples(folder: Path) -> list[Example]:
    """Read every YAML file of a folder: `frustrated: true|false` and `messages`, one a line.

    Raises:
        ValueError: a file has another form, or there is none; the message names it.
    """
    examples = []
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or not isinstance(content.get("frustrated"), bool):
            raise ValueError(f"{path}: `frustrated: true` or `false` is missing")
        lines = [line.strip() for line in str(content.get("messages", "")).splitlines()]
        examples += [Example(line, content["frustrated"], path.stem) for line in lines if line]
    if not examples:
        raise ValueError(f"{folder}: no examples of frustration")
    return examples


def hash_of(folder: Path) -> str:
    """Return one hash over all example files."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Trained:
    """A detector, and how it would have scored each of its own examples had it not been shown them."""

    detector: Detector
    scores: Floats  # of the examples, in order, in [0, 1]


def train_detector(
    examples: Sequence[Example],
    emotions: Emotions,
    encoder: SentenceEncoder,
    *,
    background: Background | None = None,
    seed: int = 7,
) -> Trained:
    """Fit the detector, and calibrate it on messages it was not shown.

    Args:
        examples: both frustrated and calm ones.
        emotions: the base weights, made with the same encoder.
        encoder: encodes the examples.
        background: everyday talk to fit along; none by default.
        seed: of the folds.

    Raises:
        ValueError: all examples are of one kind, or the encoder is another.
    """
    truth = np.array([example.frustrated for example in examples])
    if truth.all() or not truth.any():
        raise ValueError("frustrated and calm examples are both needed")
    if encoder.encoder_version != emotions.encoder_version:
        raise ValueError(f"encoder {encoder.encoder_version!r}, base weights made with {emotions.encoder_version!r}")
    texts = [example.text for example in examples]
    signs = np.stack([sign_row(text) for text in texts])
    centre, scale = signs.mean(axis=0), signs.std(axis=0) + 0.05
    vectors = encode_all(encoder, texts)
    even = np.where(truth, 1.0, CALM_WEIGHT).astype(np.float32)
    lines = Lines(evidence(emotions, (centre, scale), signs, vectors), truth, even)
    if background is not None and len(background.weights):
        rows = evidence(emotions, (centre, scale), background.signs, background.vectors)
        lines = lines + Lines(rows, background.frustrated, background.weights)
    weights, bias = fit(lines)
    odds = held_out_odds(lines, seed=seed)
    slope, offset = calibrate(odds, lines)
    own = zip(odds[: len(texts)], texts, strict=True)
    scores = [chance(slope * float(value) + offset - doubt(text)) for value, text in own]
    detector = Detector(emotions, centre, scale, weights, bias, slope, offset)
    return Trained(detector, np.array(scores, dtype=np.float32))


@dataclass(frozen=True)
class Lines:
    """What the regression sees: evidence, truth and weight of each message."""

    rows: Floats
    truth: Array  # bool
    weights: Floats

    def __getitem__(self, chosen: Array) -> Lines:
        return Lines(self.rows[chosen], self.truth[chosen], self.weights[chosen])

    def __add__(self, other: Lines) -> Lines:
        return Lines(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.truth, other.truth]),
            np.concatenate([self.weights, other.weights]),
        )


def fit(lines: Lines) -> tuple[Floats, float]:
    """Fit the regression; returns its weights and bias."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=500)
    model.fit(lines.rows, lines.truth, sample_weight=lines.weights)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def held_out_odds(lines: Lines, *, seed: int) -> Floats:
    """Return each message's log-odds from a regression that was not shown it."""
    from sklearn.model_selection import StratifiedKFold

    least = int(min(lines.truth.sum(), (~lines.truth).sum()))
    if least < 2:
        weights, bias = fit(lines)
        return np.asarray(lines.rows @ weights + bias, dtype=np.float32)
    odds = np.empty(len(lines.truth), dtype=np.float32)
    folds = StratifiedKFold(min(FOLDS, least), shuffle=True, random_state=seed)
    for shown, held in folds.split(lines.rows, lines.truth):
        weights, bias = fit(lines[shown])
        odds[held] = lines.rows[held] @ weights + bias
    return odds


def calibrate(odds: Floats, lines: Lines) -> tuple[float, float]:
    """Fit slope and offset (Platt 1999), so that a score is a chance; the slope never turns the order round."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0).fit(odds[:, None], lines.truth, sample_weight=lines.weights)
    return max(0.1, float(model.coef_[0][0])), float(model.intercept_[0])
