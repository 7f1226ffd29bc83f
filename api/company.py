"""What a company says about itself in `data/company.yml`: name, tone, channels with their hours, holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
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


class Department(_Strict):
    """A group of agents, and what is theirs to answer."""

    title: str
    rules: tuple[str, ...] = ()  # reason codes of hand-offs that come here
    intents: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # article ids, and categories of articles
    hours: Mapping[str, Spans] | None = None  # weekday -> open spans; None: those of the chat
    next: str | None = None  # who is asked when nobody takes a chat, or this one is closed; None: everybody


class Desk(_Strict):
    """How the desk works."""

    silent_after_minutes: int = Field(default=5, ge=1, le=24 * 60)  # a customer who waits longer gets another agent
    chats_at_once: int | None = Field(default=None, ge=1)  # an agent may have; None for any number
    next_after_seconds: int = Field(default=120, ge=5)  # then a chat goes on to the next department
    contact_within_hours: int = Field(default=24, ge=1)  # somebody who left an address is to be answered within these
    hold_out_share: float = Field(default=0.0, ge=0, le=0.5)  # of chats whose agents see no suggestions, to compare
    hints_off: tuple[str, ...] = ()  # rules of hints on agents' drafts that this company does without
    departments: Mapping[str, Department] = {}

    @field_validator("departments")
    @classmethod
    def _known_next(cls, departments: Mapping[str, Department]) -> Mapping[str, Department]:
        for name in departments:
            seen, following = {name}, departments[name].next
            while following is not None:
                if following not in departments:
                    raise ValueError(f"no department {following!r} to come next")
                if following in seen:
                    raise ValueError(f"the departments after {name!r} lead back to {following!r}")
                seen.add(following)
                following = departments[following].next
        return departments


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

    def of_department(self, name: str | None) -> Company:
        """Return the company as a department's customers see it: with its hours for the chat."""
        department = self.desk.departments.get(name) if name is not None else None
        if department is None or department.hours is None or "chat" not in self.channels:
            return self
        chat = self.channels["chat"].model_copy(update={"hours": department.hours})
        return self.model_copy(update={"channels": {**self.channels, "chat": chat}})

    def is_open(self, name: str | None, at: datetime) -> bool:
        """Say whether a department's hours, or those of the chat, include a moment."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        spans = self.of_department(name).hours_on("chat", local.date())
        return any(span.start <= minute < span.end for span in spans)


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
