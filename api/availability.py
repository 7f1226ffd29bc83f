"""When a person is there, and what may truthfully be said about it, at any hour and on any day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from api.company import MINUTES_A_DAY, ChannelName, Company
from api.strings.catalogue import say

# The longest closure announced by its end; past it a sentence says only that nobody is in.
HORIZON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Opening:
    """One unbroken stretch of time in which a channel is answered, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ChannelAvailability:
    """One channel as it stands now."""

    name: ChannelName
    open: bool
    address: str | None
    promise: str | None
    hours_text: str  # "Open until 18:00" or "Closed until Monday 9:00"
    next_open_at: datetime | None  # None while open, and when no opening is known


@dataclass(frozen=True, slots=True)
class Availability:
    """What is true at one moment about reaching a person."""

    open: bool  # a person may answer the chat now: within its hours, and not known to be away
    sentence: str  # for people; true until `changes_at`, or until somebody comes to the desk or leaves it
    hours: str  # short, for the widget's header
    changes_at: datetime | None  # when the chat opens or closes next
    next_open_at: datetime | None  # None while open, and when no opening is known
    channels: tuple[ChannelAvailability, ...]


def availability(company: Company, now: datetime, *, agents_present: int | None = None) -> Availability:
    """Say when a person is there.

    Args:
        company: whose hours.
        now: an aware moment.
        agents_present: agents at the desk now; None when that is not known, and then the hours alone speak.

    Raises:
        ValueError: `now` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"now needs a time zone: {now!r}")
    now = now.astimezone(UTC)
    channels = tuple(_channel(company, name, now) for name in company.channels)
    opening = _current_or_next(company, "chat", now)
    within_hours = opening is not None and opening.start <= now
    is_open = within_hours and agents_present != 0
    return Availability(
        open=is_open,
        sentence=_sentence(company, now, opening, agents_present),
        hours=_hours_text(company, opening, now),
        changes_at=None if opening is None else opening.end if within_hours else opening.start,
        next_open_at=None if opening is None or within_hours else opening.start,
        channels=channels,
    )


def _openings(company: Company, channel: ChannelName, now: datetime) -> Iterator[Opening]:
    """Yield the channel's openings that have not ended, soonest first; spans that touch are one."""
    today = now.astimezone(company.zone).date()
    held: Opening | None = None
    for offset in range(-1, HORIZON_DAYS):
        day = today + timedelta(days=offset)
        for span in company.hours_on(channel, day):
            opening = Opening(_moment(company, day, span.start), _moment(company, day, span.end))
            if held is not None and held.end >= opening.start:
                held = Opening(held.start, max(held.end, opening.end))
                continue
            if held is not None and held.end > now:
                yield held
            held = opening
    if held is not None and held.end > now:
        yield held


def _moment(company: Company, day: date, minutes: int) -> datetime:
    """Turn a wall-clock time into UTC; one that a clock change skips is read by the clock before it."""
    days, rest = divmod(minutes, MINUTES_A_DAY)
    day += timedelta(days=days)
    local = datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=company.zone)
    return local.astimezone(UTC)


def _current_or_next(company: Company, channel: ChannelName, now: datetime) -> Opening | None:
    return next(_openings(company, channel, now), None)


def _channel(company: Company, name: ChannelName, now: datetime) -> ChannelAvailability:
    opening = _current_or_next(company, name, now)
    is_open = opening is not None and opening.start <= now
    return ChannelAvailability(
        name=name,
        open=is_open,
        address=company.channels[name].address,
        promise=company.channels[name].promise,
        hours_text=_hours_text(company, opening, now),
        next_open_at=None if opening is None or is_open else opening.start,
    )


def _hours_text(company: Company, opening: Opening | None, now: datetime) -> str:
    if opening is None:
        return say("availability.hours_closed_for_now")
    if opening.start > now:
        return say("availability.hours_closed", until=_when(company, opening.start, now))
    if opening.end - now > timedelta(days=1):
        return say("availability.hours_all_day")
    return say("availability.hours_open", until=_time(company, opening.end))


def _sentence(company: Company, now: datetime, opening: Opening | None, agents_present: int | None) -> str:
    if opening is not None and opening.start <= now and agents_present != 0:
        if opening.end - now > timedelta(days=1):
            return say("availability.open_all_day")
        return say("availability.open", until=_when(company, opening.end, now))
    parts = [_absence(company, now, opening, agents_present), *_other_ways(company, now)]
    if company.meanwhile:
        parts.append(say("availability.meanwhile", meanwhile=company.meanwhile))
    return "; ".join(parts) + "."


def _absence(company: Company, now: datetime, opening: Opening | None, agents_present: int | None) -> str:
    """Say why no answer is promised: the desk is empty within its hours, or it is outside them, empty or not."""
    if opening is None:
        return say("availability.staying_for_now" if agents_present else "availability.closed_for_now")
    if opening.start <= now:
        return say("availability.away", until=_when(company, opening.end, now))
    return say(
        "availability.staying" if agents_present else "availability.closed", until=_when(company, opening.start, now)
    )


def _other_ways(company: Company, now: datetime) -> list[str]:
    ways = []
    phone = _current_or_next(company, "phone", now)
    if phone is not None and phone.start <= now and (number := company.channels["phone"].address):
        ways.append(say("availability.phone", until=_when(company, phone.end, now), number=number))
    email = company.channels.get("email")
    if email is not None and email.promise:
        ways.append(say("availability.email", promise=email.promise))
    return ways


def _time(company: Company, moment: datetime) -> str:
    local = moment.astimezone(company.zone)
    is_midnight = (local.hour, local.minute) == (0, 0)
    text = say("availability.midnight") if is_midnight else f"{local.hour}:{local.minute:02d}"
    return say("availability.in_zone", time=text, zone=company.time_zone_name) if company.time_zone_name else text


def _when(company: Company, moment: datetime, now: datetime) -> str:
    """Name a coming moment as people do: "18:00 today", "tomorrow 9:00", "Monday 9:00", "Monday 4 January, 9:00"."""
    local = moment.astimezone(company.zone)
    days = (local.date() - now.astimezone(company.zone).date()).days
    time = _time(company, moment)
    if days == 0:
        return say("availability.today", time=time)
    if days == 1:
        return time if local.hour == local.minute == 0 else say("availability.tomorrow", time=time)
    weekday = say("availability.weekdays").split()[local.weekday()]
    if days < 7:
        return say("availability.this_week", weekday=weekday, time=time)
    month = say("availability.months").split()[local.month - 1]
    return say("availability.later", weekday=weekday, day=local.day, month=month, time=time)
