"""The committed base weights: 28 emotions and one head for upset talk, read from a sentence vector.

Made by `python -m bot.frustration.pretrain` from data whose licences allow it; `bot/weights/manifest.json` names them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.intents.vectors import Array, Floats

WEIGHTS = Path(__file__).parent.parent / "weights"
ARRAYS, MANIFEST = "emotions.npz", "manifest.json"


class WeightsUnusable(Exception):
    """Frustration weights are missing, damaged, or were made with another encoder."""


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
        """Return each emotion's standardised log-odds, shape (n, emotions); 0 is as usual, higher is more."""
        read: Floats = ((vectors @ self.weights + self.bias - self.centre) / self.scale).astype(np.float32)
        return read


def save_arrays(arrays: dict[str, Array], described: dict[str, object], folder: Path, name: str) -> None:
    """Write arrays and the manifest that names their checksum."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / name, **arrays)
    checksum = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    manifest = {**described, "checksums": {name: checksum}}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def load_arrays(folder: Path, name: str, *, encoder_version: str) -> tuple[dict[str, Array], dict[str, object]]:
    """Read what `save_arrays` wrote: the arrays and the manifest.

    Raises:
        WeightsUnusable: see there.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != manifest["checksums"][name]:
            raise WeightsUnusable(f"{folder / name}: checksum differs from the manifest's")
        if manifest["encoder_version"] != encoder_version:
            made_with = manifest["encoder_version"]
            raise WeightsUnusable(f"{folder}: made with encoder {made_with!r}, asked to serve with {encoder_version!r}")
        with np.load(folder / name, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}, manifest
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsUnusable(f"{folder}: {error}") from error


def load_emotions(folder: Path, *, encoder_version: str) -> Emotions:
    """Load the base weights.

    Raises:
        WeightsUnusable: see there.
    """
    arrays, manifest = load_arrays(folder, ARRAYS, encoder_version=encoder_version)
    names = manifest["emotions"]
    if not isinstance(names, list):
        raise WeightsUnusable(f"{folder}: no emotions named")
    widened = {key: array.astype(np.float32) for key, array in arrays.items()}
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
