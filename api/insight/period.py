"""A stretch of whole days in the company's time zone, and the days or weeks it falls into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = 28  # shown unless asked otherwise: whole weeks, so that no weekday counts twice
MOST_DAYS = 366
MOST_DAILY = 14  # longer periods are drawn by week: a day's few conversations are mostly chance
WEEK = 7


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from `first` to `last`, both counted, where the company is."""

    first: date
    last: date
    zone: str

    @classmethod
    def until(cls, now: datetime, zone: str, *, days: int = DAYS) -> Period:
        """Return the last days, today counted."""
        today = now.astimezone(ZoneInfo(zone)).date()
        return cls(today - timedelta(days=days - 1), today, zone)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The first moment of it, in UTC."""
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it, in UTC."""
        return self._midnight(self.last + timedelta(days=1))

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one begins."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone)

    def steps(self) -> list[Period]:
        """Return its days, or its weeks when it is long; the last week may be short."""
        width = 1 if self.days <= MOST_DAILY else WEEK
        firsts = [self.first + timedelta(days=passed) for passed in range(0, self.days, width)]
        return [Period(day, min(day + timedelta(days=width - 1), self.last), self.zone) for day in firsts]

    def has(self, moment: datetime) -> bool:
        """Say whether a moment lies in it."""
        return self.start <= moment < self.end

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)


def period_of(
    now: datetime, zone: str, *, days: int | None = None, first: date | None = None, last: date | None = None
) -> Period:
    """Return the period that was asked for.

    Args:
        now: when it is asked.
        zone: the company's time zone, by its IANA name.
        days: so many days up to `last`; `DAYS` when nothing is asked for.
        first: its first day; goes before `days`.
        last: its last day; today by default.

    Raises:
        ValueError: it ends before it begins, or is longer than `MOST_DAYS`.
    """
    last = last or now.astimezone(ZoneInfo(zone)).date()
    if first is None:
        first = last - timedelta(days=(days or DAYS) - 1)
    if first > last:
        raise ValueError(f"{first} is after {last}")
    if (last - first).days >= MOST_DAYS:
        raise ValueError(f"more than {MOST_DAYS} days: {first} to {last}")
    return Period(first, last, zone)
