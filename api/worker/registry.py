"""Which models there are and which may serve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import Json, Model, Serving


class NotPromotable(Exception):
    """A model may not be promoted this way; the message says why."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A model as lists show it."""

    version: str
    state: str  # current | previous | candidate | retired | refused
    created_at: datetime
    promoted_at: datetime | None
    manifest: Json
    comparison: Json
    note: str | None

    @property
    def accuracy(self) -> float | None:
        """Share of held-out examples it labels rightly, in [0, 1]; None when it was not measured."""
        candidate = (self.comparison or {}).get("candidate") or {}
        accuracy = candidate.get("accuracy")
        return None if accuracy is None else float(accuracy)


def listed(session: Session) -> list[Listed]:
    """Return every model, newest first."""
    pointer = session.get(Serving, "model")
    current, previous = (pointer.value, pointer.previous) if pointer else (None, None)

    def state_of(model: Model) -> str:
        if model.version == current:
            return "current"
        if model.version == previous and model.state != "refused":
            return "previous"
        return "retired" if model.state == "serving" else model.state

    models = session.scalars(select(Model).order_by(Model.created_at.desc(), Model.version.desc()))
    return [
        Listed(
            model.version,
            state_of(model),
            model.created_at,
            model.promoted_at,
            model.manifest,
            model.comparison,
            model.note,
        )
        for model in models
    ]


def check_promotable(session: Session, version: str, *, reason: str = "") -> None:
    """Refuse a model that does not exist, was refused, or lost its comparison without a reason to serve all the same.

    Raises:
        NotPromotable: with why.
    """
    model = session.get(Model, version)
    if model is None:
        raise NotPromotable(f"There is no model {version}.")
    gate = (model.comparison or {}).get("gate") or {}
    if gate.get("passed") is False and not reason.strip():
        why = "; ".join(gate.get("reasons") or []) or "it is worse than the model that serves"
        raise NotPromotable(f"Model {version} did not pass its comparison: {why}. Give a reason to promote it anyway.")


def previous_model(session: Session) -> str | None:
    """Return the model that served before the one that serves, or None."""
    pointer = session.get(Serving, "model")
    return pointer.previous if pointer else None


def serving_version(session: Session) -> str | None:
    """Return the model version the pointer names."""
    return session.scalar(select(Serving.value).where(Serving.name == "model"))
