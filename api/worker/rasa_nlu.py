"""Reading somebody else's Rasa training data: which sentences show which intents, and what of it is not taken.

It runs in a child with limits (`python -m api.worker.rasa_nlu FILE NAME OUTPUT`), because the file comes from outside.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.articles.child import within_limits
from api.articles.limits import Refused
from api.worker.training_data import NOT_READ, TOP_KEYS, TrainingDataInvalid, check_block, texts_of
from kb_index.plain_yaml import YamlRefused, read_plain_yaml

MOST_EXAMPLES = 50_000
LONGEST_EXAMPLE = 2_000  # characters: what the models read of a message
ENTITY = re.compile(r"\[([^\[\]\n]{1,200})\](?:\([^()\n]{1,200}\)|\{[^{}\n]{1,300}\})")
ELSEWHERE = {
    "stories": "stories are not read: what happens next follows from each intent's outcome",
    "rules": "rules are not read: what happens next follows from each intent's outcome",
    "responses": "responses are not read: they are articles, or stand in domain.yml",
    "intents": "a list of intents is not read: add each with its outcome",
    "entities": "entities are not read: the bot finds them itself",
    "slots": "slots are not read",
    "forms": "forms are not read",
    "actions": "actions are not read",
}


@dataclass
class RasaData:
    """What was read of a training file.

    Attributes:
        examples: (intent, sentence), each once, without entity marks.
        left_out: what it is -> why it was not taken.
    """

    examples: list[tuple[str, str]] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def read_rasa_nlu(content: bytes) -> RasaData:
    """Read a file of Rasa's training data (YAML, version 3).

    Raises:
        Refused: it is no such file, or uses what plain data does not need.
    """
    try:
        document = read_plain_yaml(content.decode("utf-8-sig"), for_rasa=True)
    except (UnicodeDecodeError, YamlRefused) as error:
        raise Refused(f"it cannot be read: {str(error)[:300]}") from error
    if not isinstance(document, dict):
        raise Refused("it is no training data of Rasa's: it has no 'nlu'")
    read = RasaData()
    for name in set(document) - TOP_KEYS:
        if name not in ELSEWHERE:
            raise Refused(f"it holds {str(name)[:40]!r}, which is no part of Rasa's training data")
        read.left_out[str(name)] = ELSEWHERE[name]
    blocks = document.get("nlu") or []
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refused("what stands under 'nlu' is no list of training data")
    marks = sum(_take(block, read) for block in blocks)
    if marks:
        read.left_out["entities"] = f"{marks} entity marks: the bot finds entities itself; their words stay"
    if len(read.examples) > MOST_EXAMPLES:
        raise Refused(f"it holds more than {MOST_EXAMPLES} examples")
    read.examples = list(dict.fromkeys(read.examples))
    return read


def _take(block: Mapping[str, Any], read: RasaData) -> int:
    """Take a block's examples; return how many entity marks were left out of them."""
    for kind, why in NOT_READ.items():
        if kind in block:
            read.left_out[f"{kind} {str(block[kind])[:80]}"] = why
            return 0
    try:
        check_block(block, "it")
    except TrainingDataInvalid as error:
        raise Refused(str(error)) from error
    if "synonym" in block:
        why = "synonyms are not read: the bot's products and their other names are in config.yml"
        read.left_out[f"synonym {str(block['synonym'])[:80]}"] = why
        return 0
    marks = 0
    for text in texts_of(block):
        plain, found = ENTITY.subn(lambda mark: mark[1], " ".join(text.split())[:LONGEST_EXAMPLE])
        marks += found
        read.examples.append((str(block["intent"]), plain))
    return marks


def main(upload: Path, output: Path) -> int:
    """Read a training file within limits and write what was read as JSON: the child's whole life."""
    within_limits()
    try:
        read = read_rasa_nlu(upload.read_bytes())
        said: dict[str, object] = {"examples": read.examples, "left_out": read.left_out}
    except Refused as error:
        said = {"refusal": str(error)}
    output.write_text(json.dumps(said), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[3])))
