"""Other systems that are told what happens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import RowNumber
from api.store.tables.base import Json, Table, key, of


class Webhook(Table):
    """An address that is sent the desk's events, one after the other, and the last one it has taken."""

    __tablename__ = "webhook"

    id: Mapped[str] = key()
    url: Mapped[str]
    secret: Mapped[str]  # signs what is sent; kept readable, because signing needs it
    previous_secret: Mapped[str | None] = mapped_column(default=None)  # signs as well, until the time below
    previous_until: Mapped[datetime | None] = mapped_column(default=None)
    kinds: Mapped[Json] = mapped_column(JSON, default=list)  # of events; []: all
    after: Mapped[int] = mapped_column(RowNumber, default=0)  # the last event that was taken or not wanted
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    last_error: Mapped[str | None] = mapped_column(default=None)
    next_at: Mapped[datetime]  # not before this: after a failure, or while another process is sending
    created_at: Mapped[datetime]
    paused_at: Mapped[datetime | None] = mapped_column(default=None)  # nothing is sent, and nothing lost
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)


class WebhookDelivery(Table):
    """What became of one event at one webhook; the last ones are kept."""

    __tablename__ = "webhook_delivery"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    webhook_id: Mapped[str] = of("webhook")
    event_id: Mapped[int] = mapped_column(RowNumber)
    kind: Mapped[str]
    status: Mapped[int | None] = mapped_column(default=None)  # of the answer; None when there was none
    problem: Mapped[str | None] = mapped_column(default=None)  # None: taken
    took_ms: Mapped[int]
    at: Mapped[datetime]
