"""Training: a snapshot of the database, a child in the bot's environment, a signed candidate, and a comparison."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.security.audit import record_audit
from api.store.tables import Model, Serving
from api.worker import models
from api.worker.child import run_bot
from api.worker.compare import Comparison, Labelled, compare, read_labels, write_tests
from api.worker.jobs import JobFailed, Reporter, Work
from api.worker.models import ModelRefused
from api.worker.snapshot import known, write_snapshot
from api.worker.training_data import Example, TrainingDataInvalid
from api.worker.workshop import Workshop

SEED = 42


def train(workshop: Workshop, work: Work, reporter: Reporter) -> str:
    """Train a candidate, compare it with the serving model, and return its model version.

    Raises:
        JobFailed: the data cannot be trained from, or the training ended badly; what serves is untouched.
    """
    with tempfile.TemporaryDirectory(dir=workshop.places.var, prefix="training-") as name:
        try:
            return _train(workshop, work, reporter, Path(name))
        except (TrainingDataInvalid, ModelRefused) as error:
            raise JobFailed(str(error)) from error


def _train(workshop: Workshop, work: Work, reporter: Reporter, folder: Path) -> str:
    places, log = workshop.places, workshop.places.logs / "training.log"
    reporter.stage("Reading the training data", 0.02)
    what = workshop.store.read_sync(known)
    snapshot, trained = folder / "snapshot", folder / "trained"
    write_snapshot(places.root, what, snapshot)
    reporter.log(
        f"{len(what.intents)} intents, {len(what.training)} examples, {len(what.held_out)} kept back for measuring"
    )
    run_bot(workshop.settings, places, ["bot.sync_intents", "--root", str(snapshot)], log=log)
    seed = int(work.arguments.get("seed", SEED))
    options = ["--snapshot", snapshot, "--encoder", places.encoder, "--output", trained, "--seed", seed]
    run_bot(
        workshop.settings,
        places,
        ["bot.train", *map(str, options)],
        log=log,
        told=lambda stage, progress: reporter.stage(f"Training: {stage}", 0.05 + 0.75 * progress),
    )
    shutil.copytree(snapshot, trained / "snapshot", dirs_exist_ok=True)
    manifest = models.install(places, trained)
    version = str(manifest["model_version"])
    reporter.stage("Comparing with the model that serves", 0.82)
    comparison = _compared(workshop, version, what.held_out, folder, reporter)

    def register(session: Session) -> None:
        now = workshop.clock.now()
        session.add(
            Model(
                version=version,
                state="candidate",
                manifest=manifest,
                comparison=comparison.as_json(),
                job_id=work.job_id,
                created_at=now,
            )
        )
        record_audit(session, work.requested_by or "cli", "train_model", at=now, subject=version)

    workshop.store.write_sync(register)
    _tell(comparison, reporter)
    reporter.finish({"model_version": version}, comparison.as_json())
    return version


def _compared(
    workshop: Workshop, candidate: str, examples: Sequence[Example], folder: Path, reporter: Reporter
) -> Comparison:
    new = labels(workshop, candidate, examples, folder)
    current = workshop.store.read_sync(serving_model)
    if current is None:
        return compare(examples, new, None)
    try:
        return compare(examples, new, labels(workshop, current, examples, folder))
    except ModelRefused as refusal:
        reporter.log(f"The serving model {current} cannot be measured: {refusal}")
        return compare(examples, new, None)


def labels(workshop: Workshop, version: str, examples: Sequence[Example], folder: Path) -> Labelled:
    """Have a model label examples.

    Raises:
        ModelRefused: its archive may not be loaded.
        JobFailed: it could not be run.
    """
    archive = models.verified_archive(workshop.places, version)
    if not examples:
        return Labelled(version, ())
    tests, output = folder / "held_out.jsonl", folder / f"labels-{version}.jsonl"
    write_tests(tests, examples)
    options = ["--model", archive, "--test", tests, "--output", output]
    run_bot(
        workshop.settings,
        workshop.places,
        ["bot.evaluate", "model", *map(str, options)],
        log=workshop.places.logs / "training.log",
    )
    return read_labels(output, version)


def serving_model(session: Session) -> str | None:
    """Return the model version the pointer names."""
    return session.scalar(select(Serving.value).where(Serving.name == "model"))


def _tell(comparison: Comparison, reporter: Reporter) -> None:
    line = f"Right on {comparison.candidate_accuracy:.1%} of {comparison.cases} held-out examples"
    if comparison.current_accuracy is not None:
        line += f" (serving model: {comparison.current_accuracy:.1%}); {len(comparison.fixed)} fixed"
        line += f", {len(comparison.broken)} broken"
    reporter.log(line + ".")
    for reason in comparison.reasons:
        reporter.log(f"Not good enough: {reason}.")
