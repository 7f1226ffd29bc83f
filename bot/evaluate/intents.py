"""Intents, offline: train on one file, predict another, with the component the bot uses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.evaluate.lines import write_lines
from bot.intents.examples import Example
from bot.intents.training import train
from bot.intents.vectors import SentenceEncoder
from kb_index.lines import read_lines


def read_examples(path: Path) -> list[Example]:
    """Read training lines {"text", "label", "oos"?}.

    Raises:
        ValueError: a line lacks its text or label.
    """
    examples = []
    for number, row in enumerate(read_lines(path), start=1):
        text, label = row.get("text"), row.get("label")
        if not isinstance(text, str) or (not isinstance(label, str) and not row.get("oos")):
            raise ValueError(f"{path}: example {number} needs a text and a label: {row!r}")
        examples.append(Example(text, str(label), bool(row.get("oos", False))))
    return examples


def evaluate_intents(
    training: Path, test: Path, output: Path, *, encoder: SentenceEncoder, seed: int, progress: Callable[[str], None]
) -> None:
    """Write one {"label", "confidence"} line for each test line, in order.

    Raises:
        ValueError: a file cannot be read as described.
    """
    classifier = train(read_examples(training), encoder, seed=seed, progress=progress)
    texts = [text_of(row, test) for row in read_lines(test)]
    progress(f"Predicting {len(texts)} lines")
    predictions = classifier.predict(texts, encoder)
    write_lines(output, ({"label": p.label, "confidence": round(p.confidence, 6)} for p in predictions))


def text_of(row: dict[str, Any], path: Path) -> str:
    """Return a test line's text.

    Raises:
        ValueError: it has none.
    """
    text = row.get("text")
    if not isinstance(text, str):
        raise ValueError(f"{path}: a line without text: {row!r}")
    return text
