"""Reading and writing Rasa's training files: which sentence shows which intent, and everything else kept as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

VERSION = "3.1"  # of Rasa's training data format
LARGEST_FILE = 20_000_000  # bytes
HELD_OUT_EVERY = 7  # about one example in seven measures models instead of training them
FEWEST_FOR_HOLDING_OUT = 8  # an intent with fewer examples needs them all for training


class TrainingDataInvalid(ValueError):
    """A training file cannot be read; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence that shows an intent; entities are marked in it as Rasa's files do."""

    intent: str
    text: str


@dataclass(frozen=True, slots=True)
class NluFile:
    """One file of `data/nlu/`.

    Attributes:
        examples: what it says of intents, in order.
        others: its synonyms, look-up tables and regular expressions, as they stand.
    """

    examples: tuple[Example, ...]
    others: tuple[Mapping[str, Any], ...]


def read_yaml(path: Path) -> Any:
    """Read a YAML file as plain values; tags that would make objects are refused.

    Raises:
        TrainingDataInvalid: it is too large, no UTF-8, or no plain YAML.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise TrainingDataInvalid(f"{path}: larger than {LARGEST_FILE // 1_000_000} MB")
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrainingDataInvalid(f"{path}: {error}") from error


def read_nlu_file(path: Path) -> NluFile:
    """Read one file of Rasa's NLU training data.

    Raises:
        TrainingDataInvalid: as `read_yaml`, or it is not in Rasa's format.
    """
    content = read_yaml(path)
    blocks = content.get("nlu", []) if isinstance(content, dict) else None
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise TrainingDataInvalid(f"{path}: no list of training data under 'nlu'")
    examples = [
        Example(str(block["intent"]), text) for block in blocks if "intent" in block for text in _texts(block, path)
    ]
    return NluFile(tuple(examples), tuple(block for block in blocks if "intent" not in block))


def read_nlu_folder(folder: Path) -> NluFile:
    """Read every training file of a folder as one; a sentence given twice for an intent counts once.

    Raises:
        TrainingDataInvalid: as `read_nlu_file`.
    """
    files = [read_nlu_file(path) for path in sorted(folder.rglob("*.yml"))]
    examples = dict.fromkeys(example for file in files for example in file.examples)
    return NluFile(tuple(examples), tuple(block for file in files for block in file.others))


def nlu_text(examples: Iterable[Example], others: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return training data as Rasa reads it, intents and sentences in the order given."""
    by_intent: dict[str, list[str]] = {}
    for example in examples:
        by_intent.setdefault(example.intent, []).append(example.text)
    blocks: list[Mapping[str, Any]] = [
        {"intent": intent, "examples": _Literal("".join(f"- {text}\n" for text in texts))}
        for intent, texts in by_intent.items()
    ]
    return yaml_text({"version": VERSION, "nlu": [*blocks, *(_literal_block(block) for block in others)]})


def yaml_text(content: Mapping[str, Any]) -> str:
    """Return plain values as YAML that a person would write: in order, one block under another."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def is_held_out(example: Example) -> bool:
    """Say whether an example measures models rather than trains them: by its own text, so the choice never moves."""
    digest = hashlib.sha256(f"{example.intent}\0{example.text}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % HELD_OUT_EVERY == 0


def held_out(examples: Sequence[Example]) -> set[Example]:
    """Return the examples to keep back for measuring; none of an intent that has too few."""
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.intent] = counts.get(example.intent, 0) + 1
    return {
        example for example in examples if counts[example.intent] >= FEWEST_FOR_HOLDING_OUT and is_held_out(example)
    }


def _texts(block: Mapping[str, Any], path: Path) -> list[str]:
    examples = block.get("examples", "")
    if isinstance(examples, list):
        lines = [str(entry.get("text", "")) if isinstance(entry, dict) else str(entry) for entry in examples]
    elif isinstance(examples, str):
        lines = [line.strip().removeprefix("- ") for line in examples.splitlines()]
    else:
        raise TrainingDataInvalid(f"{path}: the examples of intent {block['intent']!r} are no text")
    return [text for line in lines if (text := line.strip())]


class _Literal(str):
    """Text to be written as a block, one line per example."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes plain values only."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Indent lists under their key, as people do."""
        super().increase_indent(flow, False)


_Dumper.add_representer(
    _Literal, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")
)


def _literal_block(block: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: _Literal(value) if isinstance(value, str) and "\n" in value else value for key, value in block.items()}
