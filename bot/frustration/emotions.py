"""The committed base weights: 28 emotions and one head for upset talk, read from a sentence vector.

Made by `python -m bot.frustration.pretrain` from data whose licences allow it; `bot/weights/manifest.json` names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.intents.vectors import Array, Floats, sentence_part
from bot.saved import SavedUnusable, load_arrays, save_arrays

WEIGHTS = Path(__file__).parent.parent / "weights"
ARRAYS = "emotions.npz"


@dataclass(frozen=True)
class Emotions:
    """One logistic regression for each emotion, standardised over the text they were learned from."""

    names: tuple[str, ...]
    encoder_version: str
    weights: Floats  # shape (dim, emotions)
    bias: Floats  # shape (emotions,)
    centre: Floats  # mean log-odds of each emotion
    scale: Floats  # their standard deviation

    def read(self, vectors: Floats) -> Floats:
        """Return each emotion's standardised log-odds, shape (n, emotions); 0 is as usual, higher is more.

        What is past the sentence vector is not read: these heads are learned from it alone.
        """
        about = sentence_part(vectors, len(self.weights))
        read: Floats = ((about @ self.weights + self.bias - self.centre) / self.scale).astype(np.float32)
        return read


def load_emotions(folder: Path, *, encoder_version: str) -> Emotions:
    """Load the base weights.

    Raises:
        SavedUnusable: see there.
    """
    saved = load_arrays(folder, ARRAYS, encoder_version=encoder_version)
    names = saved.manifest.get("emotions")
    if not isinstance(names, list):
        raise SavedUnusable(f"{folder}: no emotions named")
    widened = {key: array.astype(np.float32) for key, array in saved.arrays.items()}
    return Emotions(
        tuple(names), encoder_version, widened["weights"], widened["bias"], widened["centre"], widened["scale"]
    )


def save_emotions(emotions: Emotions, folder: Path, *, described: dict[str, object]) -> None:
    """Write base weights; `described` says what made them (data, hashes, seed)."""
    arrays: dict[str, Array] = {
        "weights": emotions.weights.astype(np.float16),
        "bias": emotions.bias,
        "centre": emotions.centre,
        "scale": emotions.scale,
    }
    facts = {"encoder_version": emotions.encoder_version, "emotions": list(emotions.names), **described}
    save_arrays(arrays, facts, folder, ARRAYS)
