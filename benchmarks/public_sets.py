"""Figures on the public labelled sets: `make evaluate EVAL=DIR`.

DIR holds `retrieval/{doc2dial,datatalks_faq}`, `intent/{banking77,clinc150}` and `frustration/twitter_support`, in the
line formats of `deskmate evaluate`, and `livechat/star.jsonl`. A set that is not there is left out, and said so.
Nothing is trained on a test set: `twitter_support`, STAR and the retrieval sets are only measured on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.star_replies import write_set

DESKMATE = [sys.executable, "-m", "api.cli", "evaluate"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One set: how it is predicted, what it is scored against, and which figures are wanted.

    Attributes:
        name: as it is printed.
        task: retrieval | intents | frustration.
        files: option -> path, of the prediction command.
        gold: the labelled file.
        wanted: figure -> least value that the project asks of itself; None to show it only.
    """

    name: str
    task: str
    files: dict[str, Path]
    gold: Path
    wanted: dict[str, float | None]


def measures(folder: Path) -> Iterator[Measure]:
    """Yield every measure, whether or not its files are there."""
    targets: dict[str, dict[str, float | None]] = {
        "doc2dial": {"hit@1": 0.84, "hit@5": 0.97, "passage@1": 0.60, "confidence_auroc": None},
        "datatalks_faq": {"hit@1": None, "hit@5": None, "confidence_auroc": None},
    }
    for name, wanted in targets.items():
        home = folder / "retrieval" / name
        queries = home / "queries.jsonl"
        yield Measure(name, "retrieval", {"documents": home / "docs.jsonl", "queries": queries}, queries, wanted)
    banking, clinc = folder / "intent" / "banking77", folder / "intent" / "clinc150"
    trainings: tuple[tuple[str, Path, Path, dict[str, float | None]], ...] = (
        ("banking77, full", banking / "train.jsonl", banking / "test.jsonl", {"accuracy": 0.935}),
        (
            "banking77, 10-shot",
            banking / "fewshot" / "train_10.jsonl",
            banking / "fewshot" / "test.jsonl",
            {"accuracy": 0.865},
        ),
        (
            "banking77, 5-shot",
            banking / "fewshot" / "train_5.jsonl",
            banking / "fewshot" / "test.jsonl",
            {"accuracy": None},
        ),
        ("clinc150", clinc / "train.jsonl", clinc / "test.jsonl", {"accuracy": 0.955, "oos_auroc": 0.972}),
    )
    for name, train, test, wanted in trainings:
        yield Measure(name, "intents", {"train": train, "test": test}, test, wanted)
    turns = folder / "frustration" / "twitter_support" / "turns.jsonl"
    yield Measure("twitter_support", "frustration", {"turns": turns}, turns, {"auroc": 0.77, "average_precision": None})


def star_measures(folder: Path, output: Path) -> Iterator[Measure]:
    """Yield STAR's replies as a search, made of its dialogues; a measure of missing files when it is not there."""
    star = folder / "livechat" / "star.jsonl"
    for half in (0, 1):
        documents, queries = write_set(star, output, half=half) if star.exists() else (star, star)
        files = {"documents": documents, "queries": queries}
        yield Measure(f"STAR's replies, {half + 1}", "retrieval", files, queries, {"hit@1": None, "hit@3": None})


def figures(measure: Measure, output: Path) -> dict[str, Any]:
    """Predict and score one set."""
    options = [word for name, path in measure.files.items() for word in (f"--{name}", str(path))]
    subprocess.run([*DESKMATE, measure.task, *options, "--output", str(output)], check=True)
    score = [*DESKMATE, "score", measure.task, str(measure.gold), str(output)]
    scored: dict[str, Any] = json.loads(subprocess.run(score, check=True, capture_output=True, text=True).stdout)
    return scored


def report(folder: Path) -> bool:
    """Print every figure with its target; return whether all targets were met."""
    lines, met = [], True
    with tempfile.TemporaryDirectory() as name:
        for measure in (*measures(folder), *star_measures(folder, Path(name))):
            if not all(path.exists() for path in measure.files.values()):
                lines.append(f"{measure.name:<20} not there")
                continue
            began = time.monotonic()
            scored = figures(measure, Path(name) / "predictions.jsonl")
            for figure, least in measure.wanted.items():
                enough = least is None or scored[figure] >= least
                met = met and enough
                target = "" if least is None else f"  at least {least:.3f}{'' if enough else '  MISSED'}"
                took = f"{time.monotonic() - began:.0f} s"
                lines.append(f"{measure.name:<20} {figure:<18} {scored[figure]:.3f}{target:<20}  {took}")
    print("\n".join(lines))
    return met


def main() -> int:
    """Run with the folder given on the command line."""
    if len(sys.argv) != 2 or not Path(sys.argv[1] or "missing").is_dir():
        print("usage: make evaluate EVAL=DIR, where DIR holds retrieval/, intent/ and frustration/", file=sys.stderr)
        return 2
    return 0 if report(Path(sys.argv[1])) else 1


if __name__ == "__main__":
    sys.exit(main())
