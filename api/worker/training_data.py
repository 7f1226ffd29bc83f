"""Reading and writing Rasa's training files: which sentence shows which intent, and everything else kept as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kb_index.plain_yaml import ENVIRONMENT, YamlRefused, read_plain_yaml

VERSION = "3.1"  # of Rasa's training data format
LARGEST_FILE = 20_000_000  # bytes
TOP_KEYS = frozenset({"version", "nlu"})
BLOCK_KEYS = {"intent": {"intent", "examples", "metadata"}, "synonym": {"synonym", "examples"}}
NOT_READ = {
    "regex": "regular expressions are not read: the bot finds numbers itself, and a pattern could hold it up",
    "lookup": "look-up tables are not read: the bot's products are in config.yml, under 'products'",
}
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
        others: its synonyms, as they stand.
    """

    examples: tuple[Example, ...]
    others: tuple[Mapping[str, Any], ...]


def read_yaml(path: Path, *, for_rasa: bool = True) -> Any:
    """Read a YAML file as plain values; see `read_plain_yaml` for what is refused.

    Raises:
        TrainingDataInvalid: it is too large, no UTF-8, or no plain YAML.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise TrainingDataInvalid(f"{path}: larger than {LARGEST_FILE // 1_000_000} MB")
        return read_plain_yaml(path.read_text(encoding="utf-8"), for_rasa=for_rasa)
    except (OSError, UnicodeDecodeError, YamlRefused) as error:
        raise TrainingDataInvalid(f"{path}: {error}") from error


def read_nlu_file(path: Path) -> NluFile:
    """Read one file of Rasa's NLU training data.

    Raises:
        TrainingDataInvalid: as `read_yaml`, or it is not in Rasa's format, or holds what is not read.
    """
    content = read_yaml(path)
    blocks = content.get("nlu", []) if isinstance(content, dict) else None
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise TrainingDataInvalid(f"{path}: no list of training data under 'nlu'")
    if unknown := set(content) - TOP_KEYS:
        raise TrainingDataInvalid(f"{path}: only 'version' and 'nlu' belong here, not {_names(unknown)}")
    for block in blocks:
        check_block(block, str(path))
    examples = [
        Example(str(block["intent"]), text) for block in blocks if "intent" in block for text in texts_of(block)
    ]
    return NluFile(tuple(examples), tuple(block for block in blocks if "intent" not in block))


def check_block(block: Mapping[str, Any], where: str) -> None:
    """Refuse a block of training data that is no intent with examples and no synonym.

    Raises:
        TrainingDataInvalid: it says what else it is, or holds an unknown name or examples that are no text.
    """
    for name, why in NOT_READ.items():
        if name in block:
            raise TrainingDataInvalid(f"{where}: {name} {str(block[name])[:80]!r}: {why}")
    kind = next((name for name in BLOCK_KEYS if name in block), None)
    if kind is None or not isinstance(block[kind], str):
        raise TrainingDataInvalid(f"{where}: a block of neither an intent nor a synonym: {_names(set(block))}")
    if unknown := set(block) - BLOCK_KEYS[kind]:
        raise TrainingDataInvalid(f"{where}: {kind} {block[kind]!r}: unknown names: {_names(unknown)}")
    if not isinstance(block.get("examples", ""), (str, list)):
        raise TrainingDataInvalid(f"{where}: the examples of {kind} {block[kind]!r} are no text")


def _names(names: set[Any]) -> str:
    return ", ".join(sorted(repr(str(name)[:40]) for name in names))


def harmless(text: str) -> str:
    """Return a text in which Rasa's reader finds no environment variable."""
    return text.replace(ENVIRONMENT, "$ {")


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


def texts_of(block: Mapping[str, Any]) -> list[str]:
    """Return the examples of a block that `check_block` let through, in their order."""
    examples = block.get("examples", "")
    if isinstance(examples, list):
        lines = [str(entry.get("text", "")) if isinstance(entry, dict) else str(entry) for entry in examples]
    else:
        lines = [line.strip().removeprefix("- ") for line in examples.splitlines()]
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
