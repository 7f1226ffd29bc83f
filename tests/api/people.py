"""What the tests of hand-offs look at and do."""

from __future__ import annotations

from sqlalchemy import select

from api.store.tables import HandOff
from tests.running import Customer, RunningApi


def hand_offs(api: RunningApi) -> list[HandOff]:
    return api.store.read_sync(lambda s: list(s.scalars(select(HandOff).order_by(HandOff.requested_at))))


def take(api: RunningApi, customer: Customer, agent: object) -> int:
    return api.http.post(f"{customer.path}/take", headers=agent).status_code  # type: ignore[arg-type]
