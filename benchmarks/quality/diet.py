"""Rasa's stock NLU pipeline, as `rasa init` writes it; runs in `.venv-bot`.

python -m benchmarks.quality.diet TRAIN TEST OUTPUT
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True, "random_seed": 42},
]


def main() -> int:
    """Train on one file and label another."""
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    train, test, output = (Path(name) for name in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yml").write_text(
            yaml.safe_dump({"recipe": "default.v1", "language": "en", "pipeline": PIPELINE})
        )
        (folder / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks(lines_of(train))}))
        model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
        agent = Agent.load(model)
        with output.open("w", encoding="utf-8") as file:
            for line in lines_of(test):
                parsed = asyncio.run(agent.parse_message(line["text"]))["intent"]
                file.write(json.dumps({"label": parsed["name"], "confidence": parsed["confidence"]}) + "\n")
    return 0


def blocks(lines: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return training lines as Rasa's YAML has them."""
    by_label: dict[str, list[str]] = {}
    for line in lines:
        by_label.setdefault(line["label"], []).append(" ".join(line["text"].split()))
    return [
        {"intent": label, "examples": "".join(f"- {text}\n" for text in texts)} for label, texts in by_label.items()
    ]


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    sys.exit(main())
