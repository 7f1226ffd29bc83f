"""Training jobs and models as administrators see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.store.tables import Job
from api.worker.registry import Listed

GUESS_FROM = 0.05  # progress below which nobody knows


class JobQueued(BaseModel):
    """Long work was queued."""

    job_id: str


class TrainingJob(BaseModel):
    """How a job goes."""

    job_id: str
    kind: str
    state: str = Field(description="queued | running | done | failed | cancelled")
    stage: str
    progress: float = Field(description="0..1")
    left_s: int | None = Field(default=None, description="a guess of the seconds left, from what it took so far")
    log: list[str]
    comparison: dict[str, Any] | None = None
    model_version: str | None = None
    created_at: datetime
    finished_at: datetime | None = None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return what is shown of a job."""
        return cls(
            job_id=job.id,
            kind=job.kind,
            state=job.state,
            stage=job.stage,
            progress=job.progress,
            left_s=_left_s(job),
            log=job.log.splitlines(),
            comparison=job.comparison,
            model_version=(job.outcome or {}).get("model_version"),
            created_at=job.created_at,
            finished_at=job.finished_at,
        )


def _left_s(job: Job) -> int | None:
    """Guess how long a running job still takes: as long as so far for each further share. Too early: None."""
    if job.state != "running" or job.started_at is None or job.heartbeat_at is None or job.progress < GUESS_FROM:
        return None
    took = (job.heartbeat_at - job.started_at).total_seconds()
    return round(took * (1 - job.progress) / job.progress)


class TrainingJobs(BaseModel):
    """The latest jobs, newest first."""

    jobs: list[TrainingJob]


class ModelShown(BaseModel):
    """A trained model."""

    version: str
    state: str = Field(description="current | previous | candidate | retired | refused")
    created_at: datetime
    promoted_at: datetime | None = None
    manifest: dict[str, Any]
    comparison: dict[str, Any] | None = None
    note: str | None = Field(default=None, description="why it was refused")

    @classmethod
    def of(cls, model: Listed) -> Self:
        """Return what is shown of a model."""
        return cls(
            version=model.version,
            state=model.state,
            created_at=model.created_at,
            promoted_at=model.promoted_at,
            manifest=model.manifest or {},
            comparison=model.comparison,
            note=model.note,
        )


class Models(BaseModel):
    """All models, newest first, and which one serves."""

    current: str | None
    models: list[ModelShown]


class Promotion(BaseModel):
    """How a model is to be promoted."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=500, description="why, for a model the comparison refused; it is logged")


class Comparing(BaseModel):
    """How a model is to be compared again."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=14, ge=1, le=365, description="how far back real questions are replayed")


class Building(BaseModel):
    """How an index is to be built."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=500, description="why, for an index that answers worse; it is logged")


class IndexState(BaseModel):
    """The index of a knowledge base."""

    kb: str
    kb_version: str | None = Field(description="of the index that serves; null before the first is built")
    job: TrainingJob | None = Field(description="the newest building: what became of it, and why when it failed")
