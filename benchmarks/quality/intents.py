"""Our intent classifier against Rasa's stock pipeline, on Banking77 with five examples a label."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from api.evaluation.score import score_intents
from benchmarks.quality.page import Table
from kb_index.lines import read_lines

BOT_PYTHON = Path(".venv-bot/bin/python")
SHOWN = ("accuracy", "macro_f1")
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "LOG_LEVEL": "WARNING", "TF_CPP_MIN_LOG_LEVEL": "3"}


def against_diet(folder: Path, encoder: Path) -> Table:
    """Train both on the same lines and label the same test lines."""
    home = folder / "intent" / "banking77" / "fewshot"
    train, test = home / "train_5.jsonl", home / "test.jsonl"
    print("Banking77, 5-shot: training ours and Rasa's stock pipeline (minutes) ...", flush=True)
    with tempfile.TemporaryDirectory() as name:
        ours, stock = Path(name) / "ours.jsonl", Path(name) / "stock.jsonl"
        files = ["--train", train, "--test", test]
        _run("bot.evaluate", "intents", *files, "--output", ours, "--encoder", encoder)
        _run("benchmarks.quality.diet", train, test, stock)
        figures = {
            "ours": _scored(test, ours),
            "Rasa 3.6 DIETClassifier": _scored(test, stock),
        }
    table = Table.of("Banking77, five examples a label", len(read_lines(test)), figures, SHOWN)
    print(table.as_text(), flush=True)
    return table


def _scored(test: Path, predictions: Path) -> dict[str, Any]:
    return score_intents(read_lines(test), read_lines(predictions))


def _run(module: str, *options: str | Path) -> None:
    command = [BOT_PYTHON, "-m", module, *options]
    subprocess.run(list(map(str, command)), check=True, env={**os.environ, **QUIET})
