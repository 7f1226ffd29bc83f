"""A classifier on disk: arrays without pickle, a vocabulary, and a manifest with checksums."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from bot.intents.classifier import Classifier
from bot.intents.confidence import Neighbours, Scorer
from bot.intents.ngrams import Ngrams
from bot.intents.vectors import Array

FORMAT = 1
MANIFEST, ARRAYS, VOCABULARY = "manifest.json", "arrays.npz", "vocabulary.json"


class ClassifierUnusable(Exception):
    """A saved classifier is missing, damaged, of another format, or was trained with another encoder."""


def checksum(path: Path) -> str:
    """Return a file's sha256, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def save(classifier: Classifier, folder: Path) -> None:
    """Write a classifier into a folder, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    neighbours = classifier.neighbours
    arrays: dict[str, Array] = {
        "rarity": classifier.ngrams.rarity,
        "vector_weights": classifier.vector_weights,
        "ngram_weights": classifier.ngram_weights.astype(np.float16),
        "bias": classifier.bias,
        "inside": neighbours.inside.astype(np.float16),
        "inside_labels": neighbours.labels,
        "outside": neighbours.outside.astype(np.float16),
        **classifier.scope.arrays("scope"),
        **classifier.right.arrays("right"),
    }
    np.savez(folder / ARRAYS, **arrays)
    vocabulary = sorted(classifier.ngrams.columns, key=classifier.ngrams.columns.__getitem__)
    (folder / VOCABULARY).write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    manifest = {
        "format": FORMAT,
        "encoder_version": classifier.encoder_version,
        "labels": classifier.labels,
        "checksums": {name: checksum(folder / name) for name in (ARRAYS, VOCABULARY)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def load(folder: Path, *, encoder_version: str) -> Classifier:
    """Load a classifier after checking its checksums.

    Args:
        folder: what `save` wrote.
        encoder_version: of the encoder that will serve; it must be the one of training.

    Raises:
        ClassifierUnusable: see there.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        check(manifest, folder, encoder_version)
        with np.load(folder / ARRAYS, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        return assemble(tuple(manifest["labels"]), encoder_version, vocabulary, arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClassifierUnusable(f"{folder}: {error}") from error


def check(manifest: dict[str, object], folder: Path, encoder_version: str) -> None:
    """Compare a manifest with this program, the encoder and the files beside it."""
    if manifest["format"] != FORMAT:
        raise ClassifierUnusable(f"{folder}: format {manifest['format']!r}, this program reads {FORMAT}")
    if manifest["encoder_version"] != encoder_version:
        raise ClassifierUnusable(
            f"{folder}: trained with encoder {manifest['encoder_version']!r}, asked to serve with {encoder_version!r}"
        )
    checksums = manifest["checksums"]
    if not isinstance(checksums, dict):
        raise ClassifierUnusable(f"{folder}: no checksums")
    for name in (ARRAYS, VOCABULARY):
        if checksum(folder / name) != checksums.get(name):
            raise ClassifierUnusable(f"{folder / name}: checksum differs from the manifest's")


def assemble(
    labels: tuple[str, ...], encoder_version: str, vocabulary: list[str], arrays: dict[str, Array]
) -> Classifier:
    """Put a classifier together from what was saved; half-precision arrays are widened once, here."""
    return Classifier(
        labels=labels,
        encoder_version=encoder_version,
        ngrams=Ngrams({ngram: column for column, ngram in enumerate(vocabulary)}, arrays["rarity"]),
        vector_weights=arrays["vector_weights"],
        ngram_weights=arrays["ngram_weights"].astype(np.float32),
        bias=arrays["bias"],
        neighbours=Neighbours(
            arrays["inside"].astype(np.float32), arrays["inside_labels"], arrays["outside"].astype(np.float32)
        ),
        scope=Scorer.from_arrays("scope", arrays),
        right=Scorer.from_arrays("right", arrays),
    )
