"""Everyday talk that is refitted along with the company's own examples, kept as arrays without its text.

A few hundred examples of one shop would teach that everything unlike the shop's calm messages is anger. The
background shows what calm service talk (STAR) and calm and angry talk at large (GoEmotions) look like.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.frustration.signs import NAMES
from bot.intents.vectors import Array, Floats
from bot.saved import load_arrays, save_arrays

FOLDER, ARRAYS = "background", "background.npz"
STEPS = 127  # of each column of the vectors, on either side of 0: eight bits a number
FORMAT = 2


@dataclass(frozen=True)
class Background:
    """Messages by their vectors and signs."""

    vectors: Floats  # shape (messages, dim)
    signs: Floats  # shape (messages, signs), in the order of `NAMES`
    frustrated: Array  # bool, shape (messages,)
    weights: Floats  # of one message beside one of the company's own, shape (messages,)

    @classmethod
    def empty(cls, dim: int) -> Background:
        """Return a background without messages."""
        nothing = np.zeros(0, dtype=np.float32)
        return cls(np.zeros((0, dim), np.float32), np.zeros((0, len(NAMES)), np.float32), nothing.astype(bool), nothing)


def save_background(background: Background, folder: Path, *, encoder_version: str) -> None:
    """Write a background into the folder of the base weights."""
    steps = np.maximum(np.abs(background.vectors).max(axis=0, initial=0.0), 1e-9) / STEPS
    arrays: dict[str, Array] = {
        "vectors": np.round(background.vectors / steps).astype(np.int8),
        "steps": steps.astype(np.float32),
        "signs": background.signs.astype(np.float16),
        "frustrated": background.frustrated,
        "weights": background.weights,
    }
    facts: dict[str, object] = {"format": FORMAT, "encoder_version": encoder_version, "signs": list(NAMES)}
    save_arrays(arrays, facts, folder / FOLDER, ARRAYS)


def load_background(folder: Path, *, encoder_version: str) -> Background:
    """Load the background from the folder of the base weights; without one, or with other signs, it is empty.

    Raises:
        SavedUnusable: it is damaged, or was made with another encoder.
    """
    if not (folder / FOLDER).is_dir():
        return Background.empty(0)
    saved = load_arrays(folder / FOLDER, ARRAYS, encoder_version=encoder_version, written_as=FORMAT)
    arrays = saved.arrays
    vectors: Floats = (arrays["vectors"] * arrays["steps"]).astype(np.float32)
    signs: Floats = arrays["signs"].astype(np.float32)
    if saved.manifest["signs"] != list(NAMES):
        return Background.empty(vectors.shape[1])
    return Background(vectors, signs, arrays["frustrated"], arrays["weights"])
