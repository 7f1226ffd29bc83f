"""How the parts are, for administrators."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel


class ProcessOut(BaseModel):
    """One Rasa server."""

    process_id: str
    model_version: str
    state: str
    started_at: datetime
    heartbeat_at: datetime | None
    note: str | None


class PromiseOut(BaseModel):
    """The error budget against the judged answers of the last days."""

    kept: bool
    budget: float
    days: int
    judged: int
    wrong: int
    chance: float  # of as many wrong ones or more, were the budget kept exactly


class HealthOut(BaseModel):
    """`GET /v1/health`."""

    ready: bool
    parts: dict[str, str]
    processes: list[ProcessOut]
    model: str | None  # the version that serves
    knowledge: str | None  # the kb_version that serves
    index_problem: str | None  # why a newer index does not serve
    inbox: int  # messages that wait for their turn
    promise: PromiseOut
