"""What a company says about itself in `data/company.yml`: name, tone, channels with their hours, holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

ChannelName = Literal["chat", "email", "phone"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTES_A_DAY = 24 * 60


class CompanyUnusable(Exception):
    """`company.yml` is missing, is not YAML, or says something that cannot be."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one local day, in minutes since midnight; `end` may be 1440, which is the next midnight."""

    start: int
    end: int


def _minutes(text: str) -> int:
    if text == "24:00":
        return MINUTES_A_DAY
    moment = time.fromisoformat(text)
    return moment.hour * 60 + moment.minute


def spans_of(text: str) -> tuple[Span, ...]:
    """Read `"09:00-12:30, 13:30-18:00"`, earliest first.

    Raises:
        ValueError: a span has no length, two overlap, or a time cannot be read.
    """
    spans = []
    for part in text.split(","):
        start, dash, end = part.strip().partition("-")
        if not dash:
            raise ValueError(f"hours need a start and an end, as in 09:00-18:00: {part.strip()!r}")
        spans.append(Span(_minutes(start.strip()), _minutes(end.strip())))
    spans.sort()
    if any(span.start >= span.end for span in spans):
        raise ValueError(f"hours must end after they start: {text!r}")
    if any(later.start < earlier.end for earlier, later in pairwise(spans)):
        raise ValueError(f"hours overlap: {text!r}")
    return tuple(spans)


def _read_spans(value: object) -> object:
    return spans_of(value) if isinstance(value, str) else value


Spans = Annotated[tuple[Span, ...], BeforeValidator(_read_spans)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Channel(_Strict):
    """One way to reach the company."""

    hours: Mapping[str, Spans]  # weekday -> open spans; a day left out is closed
    promise: str | None = None  # completes "E-mail is answered ..."
    address: str | None = None  # an e-mail address or a telephone number; the chat has none

    @field_validator("hours")
    @classmethod
    def _known_weekdays(cls, hours: Mapping[str, tuple[Span, ...]]) -> Mapping[str, tuple[Span, ...]]:
        if unknown := sorted(set(hours) - set(WEEKDAYS)):
            raise ValueError(f"not a weekday: {', '.join(unknown)}")
        return hours


class Holiday(_Strict):
    """A date on which the usual hours do not hold; closed unless it has hours of its own."""

    date: date
    name: str
    hours: Spans = ()
    channels: tuple[ChannelName, ...] = ("chat", "email", "phone")


class Exceptions(_Strict):
    """Who decides when a policy says no and the customer asks for an exception."""

    who: str
    email: str
    promise: str | None = None


class Desk(_Strict):
    """How the desk works."""

    silent_after_minutes: int = Field(5, ge=1, le=24 * 60)  # a customer who waits longer gets another agent


class Company(_Strict):
    """Everything the product may truthfully say about the company it speaks for."""

    name: str
    tone: str
    time_zone: str
    time_zone_name: str | None = None  # said after a time, as in "9:00 UK time"
    channels: Mapping[ChannelName, Channel] = Field(min_length=1)
    holidays: tuple[Holiday, ...] = ()
    meanwhile: str | None = None  # completes "Meanwhile, ..."
    exceptions: Exceptions
    desk: Desk = Desk()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone: {name}") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone every hour in the file is meant in."""
        return ZoneInfo(self.time_zone)

    def hours_on(self, channel: ChannelName, day: date) -> tuple[Span, ...]:
        """Return when a channel is open on one local date; empty when it is closed all day."""
        if channel not in self.channels:
            return ()
        for holiday in self.holidays:
            if holiday.date == day and channel in holiday.channels:
                return holiday.hours
        return self.channels[channel].hours.get(WEEKDAYS[day.weekday()], ())


def load_company(path: Path) -> Company:
    """Read and check `company.yml`.

    Raises:
        CompanyUnusable: with one line that names the file and what is wrong in it.
    """
    try:
        return Company.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise CompanyUnusable(f"cannot read {path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CompanyUnusable(f"{path}: {where or 'the file'}: {first['msg']}") from error
