"""Models that learnt from a customer who is erased: found, marked, and removed once a clean one serves."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.processes.places import Places
from api.security.audit import record_audit
from api.store.tables import Model, Serving
from api.worker.models import REPORT, ModelRefused, checked_version
from api.worker.snapshot import BRACKETS
from api.worker.training_data import TrainingDataInvalid, read_nlu_folder
from api.worker.workshop import Workshop

MARK = "It learnt from an erased customer"  # begins the note of such a model
KEPT_FOR_A_RETURN = timedelta(days=1)  # after a clean model began to serve
REPORTS = (REPORT, "training_report.html")  # quote training examples


def trained_on(places: Places, session: Session, texts: Collection[str], since: datetime) -> list[str]:
    """Return the models that learnt one of the texts; one that does not tell what it learnt counts when it is young.

    Args:
        places: the installation.
        session: to read with.
        texts: of training examples.
        since: when the first of them can have been written.
    """
    if not texts:
        return []
    wanted = {" ".join(text.split()) for text in texts}
    found = []
    for model in session.scalars(select(Model).where(Model.created_at >= since).order_by(Model.created_at)):
        learnt = _learnt(places, model.version)
        if learnt is None or learnt & (wanted | {text.translate(BRACKETS) for text in wanted}):
            found.append(model.version)
    return found


def mark(session: Session, versions: Collection[str], receipt_id: str) -> None:
    """Say in models' notes that they learnt from an erased customer."""
    for model in session.scalars(select(Model).where(Model.version.in_(versions))):
        model.note = f"{MARK} (receipt {receipt_id})."


def marked_by(session: Session, receipt_id: str) -> list[str]:
    """Return the models that one erasure marked."""
    rows = session.scalars(select(Model.version).where(Model.note.contains(receipt_id)).order_by(Model.created_at))
    return list(rows)


def forget_sources(places: Places, versions: Collection[str]) -> None:
    """Remove what lies beside models and quotes their training data; the archives themselves cannot be changed."""
    for version in versions:
        home = places.models / version
        for name in REPORTS:
            (home / name).unlink(missing_ok=True)
        shutil.rmtree(home / "snapshot" / "data" / "nlu", ignore_errors=True)


def remove_tainted(workshop: Workshop, *, dry_run: bool = False) -> list[str]:
    """Remove the archives of marked models once a clean model has served for a day; return which."""
    now = workshop.clock.now()

    def due(session: Session) -> list[str]:
        pointer = session.get(Serving, "model")
        serving = session.get(Model, pointer.value) if pointer and pointer.value else None
        if pointer is None or serving is None or (serving.note or "").startswith(MARK):
            return []
        if now - pointer.updated_at < KEPT_FOR_A_RETURN:
            return []
        rows = session.scalars(select(Model).where(Model.note.startswith(MARK), Model.state != "refused"))
        return [row.version for row in rows]

    versions = workshop.store.read_sync(due)
    if dry_run:
        return versions
    for version in versions:
        workshop.store.write_sync(lambda session, v=version: _refuse(session, v, now))  # type: ignore[misc]
        shutil.rmtree(workshop.places.models / checked_version(version), ignore_errors=True)
    return versions


def _refuse(session: Session, version: str, now: datetime) -> None:
    model = session.get_one(Model, version)
    model.state = "refused"
    pointer = session.get(Serving, "model")
    if pointer is not None and pointer.previous == version:
        pointer.previous = None
    record_audit(session, "worker", "remove_model", at=now, subject=version)


def _learnt(places: Places, version: str) -> set[str] | None:
    try:
        folder = places.models / checked_version(version) / "snapshot" / "data" / "nlu"
        return {" ".join(example.text.split()) for example in read_nlu_folder(folder).examples} or None
    except (ModelRefused, TrainingDataInvalid, OSError):
        return None
