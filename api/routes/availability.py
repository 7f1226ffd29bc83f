"""When a person is there; the widget's header and everybody's hand-off texts say it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.availability import availability
from api.dependencies import ClockDep, CompanyDep, StoreDep
from api.desk.presence import count_present

router = APIRouter(prefix="/v1", tags=["customer"])


class ChannelView(BaseModel):
    """One way to reach the company, as it stands now."""

    model_config = ConfigDict(from_attributes=True)

    name: Literal["chat", "email", "phone"]
    open: bool
    address: str | None
    promise: str | None
    hours_text: str
    next_open_at: datetime | None


class AvailabilityView(BaseModel):
    """Whether a person is there now, and what to say about it."""

    model_config = ConfigDict(from_attributes=True)

    open: bool
    sentence: str
    hours: str
    changes_at: datetime | None
    next_open_at: datetime | None
    channels: list[ChannelView]


@router.get("/availability")
async def show_availability(store: StoreDep, clock: ClockDep, company: CompanyDep) -> AvailabilityView:
    """Say when a person is there."""
    now = clock.now()
    present = await store.read(lambda session: count_present(session, now))
    return AvailabilityView.model_validate(availability(company, now, agents_present=present))
