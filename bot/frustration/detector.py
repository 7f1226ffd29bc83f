"""The trained detector: a message, and what went before it, become a score in [0, 1] with reasons."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from bot.frustration.conversation import Conversation, Pressure, customer_texts, pressures
from bot.frustration.emotions import Emotions, load_emotions, save_emotions
from bot.frustration.signs import NAMES, doubt, sign_row
from bot.intents.vectors import Array, Floats, SentenceEncoder, sentence_part, shortened
from bot.saved import load_arrays, save_arrays

FRUSTRATED = 0.5  # from here on a message is more likely frustrated than not
DECAY = 0.8  # of an earlier message's score, for each customer message since
STRONG = 1.0  # standardised emotion from which it is named among the reasons
EMOTION_SHARE, SIGN_SHARE, VECTOR_SHARE = 0.5, 0.5, 6.0  # weights of the three kinds of evidence before the regression
ARRAYS = "detector.npz"
FORMAT = 2  # 1 saw the sentence vector only
BASE = "base"

SIGN_WORDS = {
    "insult": "insults",
    "swearing": "swears",
    "anger": "says it in angry words",
    "disappointment": "sounds let down",
    "repetition": "says it keeps happening or was said before",
    "waiting": "complains about waiting or silence",
    "leaving": "speaks of leaving",
    "threat": "threatens to go public or to law",
    "demand": "demands something at once",
    "disbelief": "cannot believe it",
    "distrust": "feels not listened to or misled",
    "capitals": "writes in capitals",
    "exclamations": "uses exclamation marks",
    "question_marks": "piles up question marks",
    "ellipsis": "trails off",
}
EMOTION_WORDS = {
    "anger": "sounds angry",
    "annoyance": "sounds annoyed",
    "disappointment": "sounds disappointed",
    "disapproval": "sounds disapproving",
    "disgust": "sounds disgusted",
    "sadness": "sounds sad",
    "upset": "sounds upset",
}
CALM = "calm wording"
WORDING = "the wording reads as fed up"


@dataclass(frozen=True)
class Judgement:
    """How frustrated one message sounds."""

    score: float  # calibrated chance that the customer is frustrated now, in [0, 1]
    message_score: float  # the same of the message alone, without what went before it
    conversation_score: float  # the highest of this and earlier scores, these fading; in [0, 1]
    reasons: tuple[str, ...]  # strongest first, in words; never empty
    codes: tuple[str, ...]  # the same for machines


@dataclass(frozen=True)
class Detector:
    """A logistic regression over emotions, signs and the layered vector, as plain arrays."""

    emotions: Emotions
    sign_centre: Floats
    sign_scale: Floats
    weights: Floats  # shape (emotions + signs + dim,)
    bias: float
    slope: float  # calibration: log-odds = slope * regression + offset
    offset: float

    def evidence(self, text: str, vector: Floats) -> Floats:
        """Return what the regression sees of one text, shape (emotions + signs + dim,)."""
        scaling = (self.sign_centre, self.sign_scale)
        row: Floats = evidence(self.emotions, scaling, sign_row(text)[None], vector[None])[0]
        return row

    def message_log_odds(self, text: str, vector: Floats) -> float:
        """Return the calibrated log-odds of a message by itself."""
        return self._odds(self.evidence(text, vector)) - doubt(text)

    def judge(
        self, text: str, encoder: SentenceEncoder, *, vector: Floats | None = None, before: Conversation | None = None
    ) -> Judgement:
        """Judge a message after what went before it.

        Args:
            text: the customer's message; an empty one is calm.
            encoder: the one of training; encodes the customer's last messages, and this one without `vector`.
            vector: its vector, where known.
            before: the conversation up to it.
        """
        text, before = shortened(text), before or Conversation()
        if not text.strip():
            return Judgement(0.0, 0.0, 0.0, (CALM,), ("calm",))
        encode = _remembering(encoder)
        vector = encode(text) if vector is None else vector
        row = self.evidence(text, vector)
        earlier = [self.message_log_odds(said, encode(said)) for said in customer_texts(before)]
        about = partial(sentence_part, sentence_dim=encoder.sentence_dim)
        found = pressures(before, text, about(vector), encode=lambda said: about(encode(said)), earlier=earlier)
        alone = self._odds(row) - doubt(text)
        score = chance(alone + sum(pressure.log_odds for pressure in found))
        fading = [chance(odds) * DECAY ** (len(earlier) - i) for i, odds in enumerate(earlier)]
        reasons = self._reasons(row, found, score)
        return Judgement(score, chance(alone), max([score, *fading]), tuple(reasons.values()), tuple(reasons))

    def named(self, text: str, vector: Floats, score: float) -> dict[str, str]:
        """Return code and words of what speaks for frustration in a message by itself that was given this score."""
        return self._reasons(self.evidence(text, vector), [], score)

    def _odds(self, row: Floats) -> float:
        return self.slope * (float(row @ self.weights) + self.bias) + self.offset

    def _reasons(self, row: Floats, found: list[Pressure], score: float) -> dict[str, str]:
        """Return code and words of what speaks for frustration, strongest first."""
        named: list[tuple[float, str, str]] = [(p.log_odds, p.code, p.words) for p in found]
        count = len(self.emotions.names)
        signs = row[count : count + len(NAMES)] / SIGN_SHARE * self.sign_scale + self.sign_centre
        for i, name in enumerate(NAMES):
            if name in SIGN_WORDS and signs[i] > 1e-3:
                named.append((float(row[count + i] * self.weights[count + i]), name, SIGN_WORDS[name]))
        if score >= FRUSTRATED / 2:
            emotional = row[:count] / EMOTION_SHARE
            strong = [
                (float(emotional[i]), name) for i, name in enumerate(self.emotions.names) if name in EMOTION_WORDS
            ]
            strength, name = max(strong, default=(0.0, ""))
            if strength >= STRONG:
                named.append((strength / 4, name, EMOTION_WORDS[name]))
        ordered = sorted((entry for entry in named if entry[0] > 0.02), key=lambda entry: -entry[0])[:5]
        if ordered:
            return {code: words for _, code, words in ordered}
        return {"wording": WORDING} if score >= FRUSTRATED else {"calm": CALM}


def evidence(emotions: Emotions, scaling: tuple[Floats, Floats], signs: Floats, vectors: Floats) -> Floats:
    """Join emotions, signs (standardised by centre and scale) and layered vectors; one row for each message."""
    centre, scale = scaling
    parts = [emotions.read(vectors) * EMOTION_SHARE, (signs - centre) / scale * SIGN_SHARE, vectors * VECTOR_SHARE]
    return np.hstack(parts).astype(np.float32)


def chance(log_odds: float) -> float:
    """Return the chance for log-odds."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))


class _Remembered:
    """Encodes single texts, and remembers the last ones: a conversation's earlier messages come again each turn."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self.encoder = encoder
        self.encode = lru_cache(maxsize=2000)(self._encode)

    def _encode(self, text: str) -> Floats:
        vector: Floats = self.encoder.encode([shortened(text)])[0]
        return vector


_REMEMBERED: dict[int, _Remembered] = {}


def _remembering(encoder: SentenceEncoder) -> Callable[[str], Floats]:
    known = _REMEMBERED.get(id(encoder))
    if known is None or known.encoder is not encoder:
        known = _REMEMBERED[id(encoder)] = _Remembered(encoder)
    return known.encode


def save_detector(detector: Detector, folder: Path) -> None:
    """Write a detector and its base weights."""
    arrays: dict[str, Array] = {
        "sign_centre": detector.sign_centre,
        "sign_scale": detector.sign_scale,
        "weights": detector.weights,
        "numbers": np.array([detector.bias, detector.slope, detector.offset], dtype=np.float64),
    }
    version = detector.emotions.encoder_version
    facts: dict[str, object] = {"format": FORMAT, "encoder_version": version, "signs": list(NAMES)}
    save_arrays(arrays, facts, folder, ARRAYS)
    save_emotions(detector.emotions, folder / BASE, described={})


def load_detector(folder: Path, *, encoder_version: str) -> Detector:
    """Load a detector.

    Raises:
        SavedUnusable: missing, damaged, of an older format, or made with another encoder.
    """
    emotions = load_emotions(folder / BASE, encoder_version=encoder_version)
    arrays = load_arrays(folder, ARRAYS, encoder_version=encoder_version, written_as=FORMAT).arrays
    bias, slope, offset = (float(number) for number in arrays["numbers"])
    return Detector(emotions, arrays["sign_centre"], arrays["sign_scale"], arrays["weights"], bias, slope, offset)
