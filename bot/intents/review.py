"""A look at the training examples: each is classified by a model that was not shown it.

Examples the others contradict may be under the wrong label: those whose predicted label is at least as likely as it
usually is for its own examples (confident learning, Northcutt et al. 2021, https://doi.org/10.1613/jair.1.12125).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.intents.examples import Example, training_set
from bot.intents.fitting import fit
from bot.intents.folds import folds
from bot.intents.vectors import Array, Floats, Integers, SentenceEncoder

MOST_SHOWN = 40  # confusions, suspects and overlaps listed
OVERLAP = 0.04  # share of two labels' examples taken for each other from which they are said to overlap
SHOWN_TEXTS = 3


@dataclass(frozen=True)
class Held:
    """Examples in scope, each classified by a regression that was not shown it."""

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    truth: Integers
    chances: Floats  # shape (examples, labels); rows of examples that were never held out are 0
    folds: int = 1  # how many parts were held out in turn

    @property
    def seen(self) -> Array:
        """Return which examples were held out once."""
        held: Array = self.chances.sum(axis=1) > 0
        return held

    @property
    def said(self) -> Integers:
        """Return the likeliest label of each."""
        likeliest: Integers = self.chances.argmax(axis=1)
        return likeliest


def hold_out(examples: Sequence[Example], encoder: SentenceEncoder, *, seed: int) -> Held:
    """Classify each example by a regression fitted on the other folds."""
    known = training_set(examples, encoder, seed=seed)
    parts = list(folds(known.lines.labels, seed=seed))
    chances = np.zeros((len(known.texts), len(known.labels)), dtype=np.float32)
    for shown, held in parts:
        regression = fit(known.lines[shown] + known.names + known.outside, len(known.labels))
        of_fold = known.lines[held]
        logits = regression.logits(of_fold.texts, of_fold.layers, regression.cosines(of_fold.layers))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances[held] = powers / powers.sum(axis=1, keepdims=True)
    return Held(known.labels, known.texts, known.lines.labels, chances, len(parts))


def review(examples: Sequence[Example], encoder: SentenceEncoder, *, seed: int) -> dict[str, Any]:
    """Return accuracy by label, confusions, suspects and overlaps, ready for JSON."""
    held = hold_out(examples, encoder, seed=seed)
    seen, right = held.seen, held.said == held.truth
    by_label = [label_figures(held, number) for number in range(len(held.labels))]
    return {
        "cross_validation": {
            "folds": held.folds,
            "accuracy": round(float(right[seen].mean()), 4) if seen.any() else None,
            "macro_f1": round(float(np.mean([figures["f1"] for figures in by_label])), 4),
            "examples": int(seen.sum()),
        },
        "labels": by_label,
        "confusions": confusions(held),
        "suspects": suspects(held),
        "overlaps": overlaps(held),
    }


def label_figures(held: Held, number: int) -> dict[str, Any]:
    """Return precision, recall and F1 of one label."""
    true, said = held.truth[held.seen] == number, held.said[held.seen] == number
    hits = int((true & said).sum())
    precision, recall = hits / max(1, int(said.sum())), hits / max(1, int(true.sum()))
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    figures = {"precision": precision, "recall": recall, "f1": f1}
    count = int((held.truth == number).sum())
    rounded = {name: round(figure, 4) for name, figure in figures.items()}
    return {"label": held.labels[number], "examples": count, **rounded}


def confusions(held: Held) -> list[dict[str, Any]]:
    """Return pairs of labels taken for one another, most often first, with a few of the sentences."""
    found: dict[tuple[int, int], list[str]] = {}
    for row in np.flatnonzero(held.seen & (held.said != held.truth)):
        found.setdefault((int(held.truth[row]), int(held.said[row])), []).append(held.texts[row])
    ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:MOST_SHOWN]
    return [
        {"label": held.labels[true], "predicted": held.labels[said], "count": len(texts), "texts": texts[:SHOWN_TEXTS]}
        for (true, said), texts in ordered
    ]


def suspects(held: Held) -> list[dict[str, Any]]:
    """Return examples that look mislabelled, surest first."""
    rows = np.arange(len(held.texts))
    own = held.chances[rows, held.truth]
    usual = np.ones(len(held.labels), dtype=np.float32)
    for number in range(len(held.labels)):
        of_label = held.seen & (held.truth == number)
        if of_label.any():
            usual[number] = own[of_label].mean()
    highest = held.chances[rows, held.said]
    doubtful = held.seen & (held.said != held.truth) & (highest >= usual[held.said])
    ordered = sorted(np.flatnonzero(doubtful), key=lambda row: float(own[row] - highest[row]))[:MOST_SHOWN]
    return [
        {
            "text": held.texts[row],
            "label": held.labels[held.truth[row]],
            "predicted": held.labels[held.said[row]],
            "confidence": round(float(highest[row]), 4),
        }
        for row in ordered
    ]


def overlaps(held: Held) -> list[dict[str, Any]]:
    """Return pairs of labels that overlap: which examples of either are taken for the other."""
    mixed: Counter[tuple[int, int]] = Counter()
    for row in np.flatnonzero(held.seen & (held.said != held.truth)):
        true, said = int(held.truth[row]), int(held.said[row])
        mixed[min(true, said), max(true, said)] += 1
    sizes = Counter(held.truth[held.seen].tolist())
    shares = {pair: count / (sizes[pair[0]] + sizes[pair[1]]) for pair, count in mixed.items() if count > 1}
    ordered = sorted((pair for pair, share in shares.items() if share >= OVERLAP), key=lambda pair: -shares[pair])
    return [
        {"labels": [held.labels[a], held.labels[b]], "share": round(shares[a, b], 4), "count": mixed[a, b]}
        for a, b in ordered[:MOST_SHOWN]
    ]
