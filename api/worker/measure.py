"""Measuring a candidate: gathers what to ask, asks both models once, and draws the conclusions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from api.worker.answers import Known as KnownQuestion
from api.worker.answers import answered, search_of
from api.worker.gate import Material, Verdict, judge
from api.worker.golden import read_golden
from api.worker.golden_dialogues import all_dialogues
from api.worker.index import questions_of
from api.worker.jobs import Reporter
from api.worker.models import ModelRefused, read_report
from api.worker.own_report import OwnReport
from api.worker.playing import play_golden
from api.worker.receipts import corrections, receipts
from api.worker.registry import serving_version
from api.worker.replay import DAYS, recent, replay
from api.worker.seed import MAIN
from api.worker.snapshot import Known
from api.worker.training_data import Example, TrainingDataInvalid, read_nlu_folder
from api.worker.trial import Trial, ask_model, routes_of
from api.worker.workshop import Workshop
from kb_index.encoder import EncoderUnusable
from kb_index.search import IndexUnusable


@dataclass(frozen=True, slots=True)
class Measured:
    """A candidate's verdict, with the receipts and the replay for whoever decides."""

    verdict: Verdict
    receipts: dict[str, Any]
    replay: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """Return everything as the job and the model store it."""
        return {**self.verdict.as_json(), "receipts": self.receipts, "replay": self.replay}


def measure(
    workshop: Workshop, version: str, what: Known, folder: Path, reporter: Reporter, *, days: int = DAYS
) -> Measured:
    """Measure a candidate against the serving model.

    Args:
        workshop: the installation.
        version: the candidate, installed among the models.
        what: the intents and examples it was trained from.
        folder: for the files that go between.
        reporter: hears what could not be measured.
        days: how far back real questions are replayed.

    Raises:
        ModelRefused: the candidate's archive may not be loaded.
        JobFailed: a model could not be run.
    """
    routes = routes_of(what.intents)
    current = workshop.store.read_sync(serving_version)
    questions = _questions(workshop, reporter)
    found = workshop.store.read_sync(lambda session: corrections(session, routes))
    asked = workshop.store.read_sync(lambda session: recent(session, now=workshop.clock.now(), days=days))
    material = Material(
        held_out=what.held_out,
        golden=read_golden(workshop.data_dir),
        questions=questions,
        new=_new_examples(workshop, what.training, current),
    )
    texts = [*material.texts(), *(one.text for one in found), *(one.text for one in asked)]
    candidate_trial = ask_model(workshop, version, texts, folder)
    current_trial = _trial_of(workshop, current, texts, folder, reporter)
    served = None if current_trial is None else current
    dialogues = workshop.store.read_sync(lambda session: all_dialogues(session, workshop.data_dir))
    verdict = judge(
        material,
        candidate_trial,
        current_trial,
        routes=routes,
        vectors=lambda texts: np.asarray(workshop.encoder.encode(texts)),
        played=play_golden(workshop, version, served, dialogues, reporter),
        own=(_own(workshop, version), _own(workshop, current)),
    )
    return Measured(
        verdict,
        receipts(found, candidate_trial, current_trial, routes),
        None if current_trial is None else replay(asked, candidate_trial, current_trial, routes),
    )


def _own(workshop: Workshop, version: str | None) -> OwnReport:
    return OwnReport.read(read_report(workshop.places, version) if version else None)


def _trial_of(
    workshop: Workshop, version: str | None, texts: Sequence[str], folder: Path, reporter: Reporter
) -> Trial | None:
    if version is None:
        return None
    try:
        return ask_model(workshop, version, texts, folder)
    except ModelRefused as refusal:
        reporter.log(f"The serving model {version} cannot be measured: {refusal}")
        return None


def _questions(workshop: Workshop, reporter: Reporter) -> list[KnownQuestion]:
    labelled = workshop.store.read_sync(_labelled)
    if not labelled:
        return []
    try:
        ask = search_of(workshop.places.index, workshop.encoder, MAIN, workshop.judge)
    except (IndexUnusable, EncoderUnusable, OSError) as error:
        reporter.log(f"The shop's own questions are not asked: {error}")
        return []
    return answered(labelled, ask)


def _labelled(session: Session) -> Sequence[Any]:
    return questions_of(session, MAIN)


def _new_examples(workshop: Workshop, training: Sequence[Example], current: str | None) -> list[Example]:
    """Return the examples the serving model was not trained from; all of them when that is not known."""
    if current is None:
        return []
    folder = workshop.places.models / current / "snapshot" / "data" / "nlu"
    try:
        seen = set(read_nlu_folder(folder).examples)
    except TrainingDataInvalid:
        seen = set()
    return [example for example in training if example not in seen]
