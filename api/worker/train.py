"""Training: a snapshot of the database, a child in the bot's environment, a signed candidate, and a comparison."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from sqlalchemy.orm import Session

from api.security.audit import record_audit
from api.store.tables import Model
from api.worker import models
from api.worker.child import run_bot
from api.worker.jobs import JobFailed, Reporter, Work
from api.worker.measure import Measured, measure
from api.worker.models import ModelRefused
from api.worker.replay import DAYS
from api.worker.snapshot import known, write_snapshot
from api.worker.training_data import TrainingDataInvalid
from api.worker.workshop import Workshop

SEED = 42


def train(workshop: Workshop, work: Work, reporter: Reporter) -> str:
    """Train a candidate, compare it with the serving model, and return its model version.

    Raises:
        JobFailed: the data cannot be trained from, or the training ended badly; what serves is untouched.
    """
    with tempfile.TemporaryDirectory(dir=workshop.places.work, prefix="training-") as name:
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
    measured = measure(workshop, version, what, folder, reporter)

    def register(session: Session) -> None:
        now = workshop.clock.now()
        session.add(
            Model(
                version=version,
                state="candidate",
                manifest=manifest,
                comparison=measured.as_json(),
                job_id=work.job_id,
                created_at=now,
            )
        )
        record_audit(session, work.requested_by or "cli", "train_model", at=now, subject=version)

    workshop.store.write_sync(register)
    _tell(measured, reporter)
    reporter.finish({"model_version": version}, measured.as_json())
    return version


def compare_again(workshop: Workshop, work: Work, reporter: Reporter) -> None:
    """Measure `work.arguments["version"]` against the model that serves now, on what the database holds now.

    Raises:
        JobFailed: there is no such model, or it cannot be run.
    """
    version, days = str(work.arguments.get("version") or ""), int(work.arguments.get("days") or DAYS)
    if workshop.store.read_sync(lambda session: session.get(Model, version)) is None:
        raise JobFailed(f"there is no model {version!r}")
    reporter.stage("Comparing with the model that serves", 0.1)
    what = workshop.store.read_sync(known)
    with tempfile.TemporaryDirectory(dir=workshop.places.work, prefix="comparing-") as name:
        try:
            measured = measure(workshop, version, what, Path(name), reporter, days=days)
        except ModelRefused as refusal:
            raise JobFailed(str(refusal)) from refusal
    compared = measured.as_json()
    workshop.store.write_sync(lambda session: setattr(session.get_one(Model, version), "comparison", compared))
    _tell(measured, reporter)
    reporter.finish({"model_version": version}, compared)


def _tell(measured: Measured, reporter: Reporter) -> None:
    intents, answers = measured.verdict.intents, measured.verdict.answers
    line = f"Right on {intents.candidate_accuracy:.1%} of {intents.cases} held-out examples"
    if intents.current_accuracy is not None:
        line += f" (serving model: {intents.current_accuracy:.1%}); {len(intents.fixed)} fixed"
        line += f", {len(intents.broken)} broken"
    reporter.log(line + ".")
    if answers is not None:
        reporter.log(f"{answers.candidate_accuracy:.1%} of {answers.cases} of the shop's questions reach their answer.")
    golden = measured.verdict.golden_cases
    reporter.log(f"{golden - len(measured.verdict.golden_wrong)} of {golden} golden messages are understood.")
    played = measured.verdict.dialogues
    if played.dialogues and not played.problem:
        right = played.dialogues - len(played.lost) - len(played.wrong_before)
        reporter.log(f"{right} of {played.dialogues} golden dialogues go as they should.")
    receipts = measured.receipts
    if receipts["corrections"]:
        reporter.log(
            f"{receipts['corrections']} corrections: {receipts['right']} now right, {receipts['wrong']} still wrong, "
            f"{receipts['broken']} newly broken."
        )
    if measured.replay is not None and measured.replay["messages"]:
        reporter.log(f"{measured.replay['changed']} of {measured.replay['messages']} recent answers change.")
    for reason in measured.verdict.reasons:
        reporter.log(f"Not good enough: {reason}.")
