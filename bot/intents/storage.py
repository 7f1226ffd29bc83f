"""A classifier on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from bot.intents.classifier import Classifier
from bot.intents.confidence import Scorer
from bot.intents.ngrams import Ngrams
from bot.intents.reading import Reader
from bot.intents.regression import InnerView, Regression
from bot.saved import MANIFEST, Arrays, SavedUnusable, load_arrays, save_arrays

FORMAT = 3
ARRAYS, VOCABULARY, WORDS = "arrays.npz", "vocabulary.json", "words.json"
FILES = (MANIFEST, ARRAYS, VOCABULARY, WORDS)


def save(classifier: Classifier, folder: Path) -> None:
    """Write a classifier into a folder, which is made if it is missing."""
    regression = classifier.regression
    arrays: Arrays = {
        "rarity": regression.ngrams.rarity,
        "inner_centre": regression.inner.centre,
        "inner_directions": regression.inner.directions,
        "inner_known": regression.inner.known.astype(np.float16),
        "known": regression.known.astype(np.float16),
        "starts": regression.starts,
        "shares": regression.shares.astype(np.float16),
        "ngram_weights": regression.ngram_weights.astype(np.float16),
        **classifier.scope.arrays("scope"),
        **classifier.right.arrays("right"),
    }
    columns = regression.ngrams.columns
    vocabulary = json.dumps(sorted(columns, key=columns.__getitem__), ensure_ascii=False)
    facts = {"format": FORMAT, "encoder_version": classifier.encoder_version, "labels": classifier.labels}
    words = json.dumps(classifier.reader.words, ensure_ascii=False)
    save_arrays(arrays, facts, folder, ARRAYS, texts={VOCABULARY: vocabulary, WORDS: words})


def load(folder: Path, *, encoder_version: str) -> Classifier:
    """Load a classifier; half-precision arrays are widened once, here.

    Args:
        folder: what `save` wrote.
        encoder_version: of the encoder that will serve; it must be the one of training.

    Raises:
        SavedUnusable: see there.
    """
    saved = load_arrays(folder, ARRAYS, encoder_version=encoder_version, written_as=FORMAT)
    try:
        vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        reader = Reader({str(word): int(count) for word, count in words.items()})
        arrays = saved.arrays
        regression = Regression(
            ngrams=Ngrams({ngram: column for column, ngram in enumerate(vocabulary)}, arrays["rarity"]),
            inner=InnerView(
                arrays["inner_centre"], arrays["inner_directions"], arrays["inner_known"].astype(np.float32)
            ),
            known=arrays["known"].astype(np.float32),
            starts=arrays["starts"],
            shares=arrays["shares"].astype(np.float32),
            ngram_weights=arrays["ngram_weights"].astype(np.float32),
        )
        labels = tuple(str(label) for label in saved.manifest["labels"])
        scope, right = Scorer.from_arrays("scope", arrays), Scorer.from_arrays("right", arrays)
        return Classifier(labels, encoder_version, reader, regression, scope, right)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SavedUnusable(f"{folder}: {error}") from error
