"""Which examples are held out, so that a regression can be judged by lines it was not shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from bot.intents.vectors import Array, Integers

FEW = 3000  # up to here each example is held out once, above it one part of them is
FOLDS = 5
HELD_OUT = 0.15  # the share held out above `FEW`


def folds(labels: Integers, *, seed: int) -> Iterator[tuple[Array, Array]]:
    """Yield (shown, held out) row numbers: five folds of few lines, one part of many; every label stays shown."""
    few = len(labels) <= FEW
    parts = FOLDS if few else round(1 / HELD_OUT)
    part_of = parts_by_lot(labels, parts, seed=seed)
    for part in range(parts if few else 1):
        yield np.flatnonzero(part_of != part), np.flatnonzero(part_of == part)


def parts_by_lot(labels: Integers, parts: int, *, seed: int) -> Integers:
    """Return each line's part, every label spread over all of them; -1, never held out, for a label's only line."""
    counts = Counter(labels.tolist())
    placed: Counter[int] = Counter()
    part_of = np.full(len(labels), -1, dtype=np.int64)
    for row in np.random.default_rng(seed).permutation(len(labels)):
        label = int(labels[row])
        if counts[label] > 1:
            part_of[row] = (label + placed[label]) % parts
        placed[label] += 1
    return part_of
