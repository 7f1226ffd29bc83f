"""Trains a model: `python -m bot.train --snapshot DIR --encoder DIR --output DIR --seed N`.

The snapshot holds `config.yml`, `domain.yml` and `data/`. The output is `model.tar.gz`, `manifest.json`, which names
everything the model was made of, and `training_report.json` and `.html`: what the training found out about its data.
Each stage prints one JSON line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from bot.report.writing import write_report

TRAINING_FOLDERS = ("nlu", "rules", "stories")
LIBRARIES = ("rasa", "spacy", "numpy", "scikit-learn", "onnxruntime", "tokenizers")
HERE = Path(__file__).parent


class TrainingFailed(Exception):
    """No model came out; the message says why."""


def train(snapshot: Path, encoder: Path, output: Path, *, seed: int) -> dict[str, Any]:
    """Train on a snapshot and write the model, its manifest and the report into `output`.

    Returns:
        The manifest.

    Raises:
        TrainingFailed: the snapshot is incomplete, or Rasa refused it.
    """
    for name in ("config.yml", "domain.yml", "data"):
        if not (snapshot / name).exists():
            raise TrainingFailed(f"{snapshot} holds no {name}")
    say_stage("preparing", 0.0)
    output.mkdir(parents=True, exist_ok=True)
    os.environ["DESKMATE_ENCODER_DIR"] = str(encoder.resolve())
    os.environ["DESKMATE_SNAPSHOT"] = str(snapshot.resolve())
    with tempfile.TemporaryDirectory(prefix="deskmate-train-") as work:
        notes = Path(work) / "notes"
        notes.mkdir()
        os.environ["DESKMATE_REPORT_DIR"] = str(notes)  # where the components note what they find out
        config = Path(work) / "config.yml"
        config.write_text(yaml.safe_dump(seeded(snapshot / "config.yml", seed), sort_keys=False), encoding="utf-8")
        archive = _train_rasa(snapshot, config, Path(work))
        say_stage("packing", 0.95)
        shutil.copyfile(archive, output / "model.tar.gz")
        manifest = manifest_of(snapshot, encoder, seed=seed)
        described = {name: manifest[name] for name in ("model_version", "created_at", "encoder_version")}
        write_report(notes, output, described=described)
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    say_stage("done", 1.0)
    return manifest


def seeded(config: Path, seed: int) -> dict[str, Any]:
    """Return the configuration with `seed` in every part that takes one."""
    settings: dict[str, Any] = yaml.safe_load(config.read_text(encoding="utf-8"))
    for part in [*(settings.get("pipeline") or ()), *(settings.get("policies") or ())]:
        for name in ("seed", "random_seed"):
            if name in part:
                part[name] = seed
    return settings


def manifest_of(snapshot: Path, encoder: Path, *, seed: int) -> dict[str, Any]:
    """Return what a model trained now on this snapshot is made of; times are UTC."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    hashes = {
        "data": sha256_of(snapshot, _files(snapshot / "data")),
        "config": sha256_of(snapshot, [snapshot / "config.yml", snapshot / "domain.yml"]),
        "code": sha256_of(HERE, [path for path in _files(HERE) if path.suffix != ".pyc"]),
    }
    described = encoder / "manifest.json"
    encoder_version = (
        json.loads(described.read_text(encoding="utf-8"))["encoder_version"] if described.is_file() else ""
    )
    inputs = json.dumps([hashes, encoder_version, seed], sort_keys=True)
    return {
        "model_version": f"{now:%Y%m%d-%H%M%S}-{hashlib.sha256(inputs.encode()).hexdigest()[:8]}",
        "created_at": now.isoformat(),
        "seed": seed,
        "encoder_version": encoder_version,
        "hashes": hashes,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def sha256_of(root: Path, files: Iterable[Path]) -> str:
    """Return one hash over names and contents of files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def say_stage(stage: str, progress: float) -> None:
    """Print one line for whoever watches; `progress` is between 0 and 1."""
    sys.stdout.write(json.dumps({"stage": stage, "progress": round(progress, 3)}) + "\n")
    sys.stdout.flush()


class _Stages(logging.Handler):
    """Turns Rasa's log of each component into a stage line."""

    def __init__(self, parts: int) -> None:
        super().__init__(logging.INFO)
        self._parts, self._begun = max(parts, 1), 0

    def emit(self, record: logging.LogRecord) -> None:
        """Say that a component is being trained."""
        words = record.getMessage().split("'")
        if len(words) > 1 and words[0].startswith("Starting to train component"):
            self._begun += 1
            say_stage(f"training {words[1]}", 0.05 + 0.85 * min(self._begun / self._parts, 1.0))


def _train_rasa(snapshot: Path, config: Path, work: Path) -> Path:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from rasa.model_training import train as rasa_train  # 20 s of imports, wanted only here

    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    log = logging.getLogger("rasa.engine.training.hooks")
    log.setLevel(logging.INFO)
    log.addHandler(_Stages(len(settings.get("pipeline") or ()) + len(settings.get("policies") or ())))
    folders = [snapshot / "data" / name for name in TRAINING_FOLDERS]
    trained = rasa_train(
        domain=str(snapshot / "domain.yml"),
        config=str(config),
        training_files=[str(folder) for folder in folders if folder.is_dir()],
        output=str(work),
        fixed_model_name="model",
        force_training=True,
    )
    if trained.model is None or trained.code != 0:
        raise TrainingFailed(f"Rasa ended with code {trained.code}")
    return Path(trained.model)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def main() -> int:
    """Train as told on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.train", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--snapshot", type=Path, required=True, help="folder with config.yml, domain.yml and data/")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the exported encoder")
    parser.add_argument("--output", type=Path, required=True, help="folder for the model, its manifest and report")
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    try:
        manifest = train(options.snapshot, options.encoder, options.output, seed=options.seed)
    except TrainingFailed as error:
        sys.stderr.write(f"Training failed: {error}\n")
        return 1
    sys.stderr.write(f"Trained model {manifest['model_version']}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
