"""The examples a classifier learns from: read as messages will be, and encoded once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.fitting import OUTSIDE, Lines
from bot.intents.reading import Reader
from bot.intents.vectors import Layers, SentenceEncoder, encode_all

MOST = 16_000  # examples; of more, each label keeps its share by lot: the table of likeness grows with their square


@dataclass(frozen=True)
class Example:
    """One training sentence."""

    text: str
    label: str
    oos: bool = False  # out of scope: teaches rejection; its label is never predicted


@dataclass(frozen=True)
class TrainingSet:
    """Examples, read and encoded."""

    labels: tuple[str, ...]  # those in scope; `Lines` number them in this order
    reader: Reader
    texts: tuple[str, ...]  # the examples in scope as they were written, one for each of `lines`
    lines: Lines  # the examples in scope
    names: Lines  # what the labels are called, one more example of each
    outside: Lines  # the examples out of scope


def training_set(examples: Sequence[Example], encoder: SentenceEncoder, *, seed: int) -> TrainingSet:
    """Read and encode examples.

    Args:
        examples: at least two labels in scope, each with at least one example; blank texts are skipped, and more than
            `MOST` are thinned out.
        encoder: encodes them.
        seed: decides who stays of too many.

    Raises:
        ValueError: fewer than two labels in scope.
    """
    written = [example for example in examples if example.text.strip()]
    kept = by_lot(written, MOST, seed=seed)
    inside = [example for example in kept if not example.oos]
    labels = tuple(sorted({example.label for example in inside}))
    if len(labels) < 2:
        raise ValueError(f"two labels in scope are needed, there are {len(labels)}: {list(labels)}")
    numbers = {label: number for number, label in enumerate(labels)}
    names = [(spoken(label), numbers[label]) for label in labels if spoken(label)]
    reader = Reader.of([example.text for example in written], [name for name, _ in names])
    return TrainingSet(
        labels,
        reader,
        texts=tuple(example.text for example in inside),
        lines=encoded([(example.text, numbers[example.label]) for example in inside], reader, encoder),
        names=encoded(names, reader, encoder),
        outside=encoded([(example.text, OUTSIDE) for example in kept if example.oos], reader, encoder),
    )


def spoken(label: str) -> str:
    """Return a label's name as words ("card_arrival" -> "card arrival"); "" when it holds no words."""
    words = re.sub(r"[^A-Za-z]+", " ", label).strip().lower()
    return words if len(words) > 2 else ""


def by_lot(examples: Sequence[Example], most: int, *, seed: int) -> list[Example]:
    """Return at most about `most` examples, the same share of each label; every label keeps one."""
    if len(examples) <= most:
        return list(examples)
    rows: dict[tuple[bool, str], list[int]] = {}
    for row, example in enumerate(examples):
        rows.setdefault((example.oos, example.label), []).append(row)
    random = np.random.default_rng(seed)
    kept: list[int] = []
    for of_label in rows.values():
        size = max(1, len(of_label) * most // len(examples))
        kept += random.choice(of_label, size=size, replace=False).tolist()
    return [examples[row] for row in sorted(kept)]


def encoded(pairs: Sequence[tuple[str, int]], reader: Reader, encoder: SentenceEncoder) -> Lines:
    """Read and encode texts with their label numbers."""
    texts = tuple(reader.read(text) for text, _ in pairs)
    layers = Layers.of(encode_all(encoder, texts), encoder.sentence_dim)
    return Lines(texts, layers, np.array([label for _, label in pairs], dtype=np.int64))
