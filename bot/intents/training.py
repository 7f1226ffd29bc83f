"""Training the classifier: regression on all examples, confidence learned from examples it was not shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.classifier import Classifier
from bot.intents.confidence import Scorer, signals
from bot.intents.fitting import OUTSIDE, Lines, fit
from bot.intents.prior import fit_scorers, load_prior
from bot.intents.reading import Reader
from bot.intents.regression import Regression
from bot.intents.vectors import Array, Floats, Integers, Layers, SentenceEncoder, encode_all

FEW = 3000  # up to here confidence is learned from five folds, above it from one part held out
HELD_OUT = 0.15  # the share held out above `FEW`
LEFT_OUT_LABELS = 0.2  # labels left out of a fold, whose examples stand for messages out of scope
MOST = 16_000  # examples; of more, each label keeps its share by lot: the table of likeness grows with their square

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Example:
    """One training sentence."""

    text: str
    label: str
    oos: bool = False  # out of scope: teaches rejection; its label is never predicted


def spoken(label: str) -> str:
    """Return a label's name as words ("card_arrival" -> "card arrival"); "" when it holds no words."""
    words = re.sub(r"[^A-Za-z]+", " ", label).strip().lower()
    return words if len(words) > 2 else ""


def train(
    examples: Sequence[Example], encoder: SentenceEncoder, *, seed: int = 7, progress: Progress = lambda _: None
) -> Classifier:
    """Train a classifier.

    Args:
        examples: at least two labels in scope, each with at least one example; blank texts are skipped.
        encoder: encodes them; serving needs the same one.
        seed: decides the folds; the same seed and examples give the same classifier.
        progress: told what is going on, in words.

    Raises:
        ValueError: fewer than two labels in scope.
    """
    inside = [example for example in examples if not example.oos and example.text.strip()]
    labels = tuple(sorted({example.label for example in inside}))
    if len(labels) < 2:
        raise ValueError(f"two labels in scope are needed, there are {len(labels)}: {list(labels)}")
    inside = by_lot(inside, MOST, seed=seed)
    progress(f"Encoding {len(examples)} examples")
    numbers = {label: number for number, label in enumerate(labels)}
    reader = reader_of(examples, labels)
    lines = encoded([(e.text, numbers[e.label]) for e in inside], reader, encoder)
    names = encoded([(spoken(label), numbers[label]) for label in labels if spoken(label)], reader, encoder)
    outside = encoded([(e.text, OUTSIDE) for e in examples if e.oos and e.text.strip()], reader, encoder)
    progress("Learning confidence from held-out examples")
    scope, right = learn_confidence(lines, names, outside, seed=seed)
    progress(f"Fitting {len(labels)} labels")
    regression = fit(lines + names + outside, len(labels))
    return Classifier(labels, encoder.encoder_version, reader, regression, scope, right)


def by_lot(examples: Sequence[Example], most: int, *, seed: int) -> list[Example]:
    """Return at most about `most` examples, the same share of each label; every label keeps one."""
    if len(examples) <= most:
        return list(examples)
    random = np.random.default_rng(seed)
    kept: list[int] = []
    rows: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        rows.setdefault(example.label, []).append(row)
    for of_label in rows.values():
        size = max(1, len(of_label) * most // len(examples))
        kept += random.choice(of_label, size=size, replace=False).tolist()
    return [examples[row] for row in sorted(kept)]


def reader_of(examples: Sequence[Example], labels: Sequence[str]) -> Reader:
    """Learn from all examples, and the labels' names, which words are the company's own."""
    return Reader.of([example.text for example in examples], [spoken(label) for label in labels])


def encoded(pairs: Sequence[tuple[str, int]], reader: Reader, encoder: SentenceEncoder) -> Lines:
    """Read and encode texts with their label numbers."""
    texts = tuple(reader.read(text) for text, _ in pairs)
    layers = Layers.of(encode_all(encoder, texts), encoder.sentence_dim)
    return Lines(texts, layers, np.array([label for _, label in pairs], dtype=np.int64))


@dataclass(frozen=True)
class Observed:
    """Signals of lines the regression was not shown, with what was true of them."""

    columns: Floats
    in_scope: Array
    right: Array


def folds(labels: Integers, *, seed: int) -> Iterator[tuple[Array, Array]]:
    """Yield (shown, held out) row numbers: five folds of few lines, one part of many; every label stays shown."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(labels))
    counts = Counter(labels.tolist())
    place: Counter[int] = Counter()
    parts = 5 if len(labels) <= FEW else round(1 / HELD_OUT)
    fold = np.empty(len(labels), dtype=np.int64)
    for row in order:
        label = int(labels[row])
        fold[row] = (label + place[label]) % parts if counts[label] > 1 else -1
        place[label] += 1
    for part in range(parts if len(labels) <= FEW else 1):
        yield np.flatnonzero(fold != part), np.flatnonzero(fold == part)


def learn_confidence(lines: Lines, names: Lines, outside: Lines, *, seed: int) -> tuple[Scorer, Scorer]:
    """Learn the chance of being in scope, and of the label being right, from lines held out.

    In each fold some labels are left out altogether: their examples look like the company's own business without having
    an answer, which is what most messages out of scope look like. Real out-of-scope examples, held out in their turn,
    are used beside them.
    """
    count = int(lines.labels.max()) + 1
    everything = lines + outside
    observed: list[Observed] = []
    for part, (shown, held) in enumerate(folds(everything.labels, seed=seed)):
        random = np.random.default_rng(seed * 1000 + part)
        absent = (
            random.choice(count, size=int(count * LEFT_OUT_LABELS), replace=False) if count >= 5 else np.array([], int)
        )
        present = np.setdiff1d(np.arange(count), absent)
        numbers = np.full(count + 1, OUTSIDE)
        numbers[present] = np.arange(len(present))  # the last one stays OUTSIDE, and is what label -1 finds
        kept = everything[shown[~np.isin(everything.labels[shown], absent)]]
        named = names[np.flatnonzero(~np.isin(names.labels, absent))]
        regression = fit(renumbered(kept + named, numbers), len(present))
        observed.append(observe(regression, renumbered(everything[held], numbers)))
    columns = np.concatenate([seen.columns for seen in observed])
    in_scope = np.concatenate([seen.in_scope for seen in observed])
    right = np.concatenate([seen.right for seen in observed])
    return fit_scorers(columns, in_scope, right, load_prior())


def renumbered(lines: Lines, numbers: Integers) -> Lines:
    """Give lines the label numbers of a fold; lines of absent labels become lines out of scope."""
    return Lines(lines.texts, lines.layers, numbers[lines.labels])


def observe(regression: Regression, held: Lines) -> Observed:
    """Classify lines held out."""
    cosines = regression.cosines(held.layers)
    logits = regression.logits(held.texts, held.layers, cosines)
    columns = signals(logits, cosines, regression.starts)
    return Observed(columns, held.labels != OUTSIDE, logits.argmax(axis=1) == held.labels)
