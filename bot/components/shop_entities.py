"""Entities a shop needs, found by pattern and brought to one form: what people type differs, what we store does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH_NAMES = "|".join(
    [
        r"jan(?:uary)?",
        r"feb(?:ruary)?",
        r"mar(?:ch)?",
        r"apr(?:il)?",
        r"may",
        r"june?",
        r"july?",
        r"aug(?:ust)?",
        r"sept?(?:ember)?",
        r"oct(?:ober)?",
        r"nov(?:ember)?",
        r"dec(?:ember)?",
    ]
)
CURRENCIES = {
    "£": "GBP",
    "gbp": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "quid": "GBP",
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
}
CURRENCIES |= {"euros": "EUR", "$": "USD", "usd": "USD", "dollars": "USD"}


@dataclass(frozen=True)
class Found:
    """One entity in a text."""

    entity: str
    value: str  # in its one form
    start: int
    end: int  # exclusive


PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)),
    ("order_number", re.compile(r"\bTW[\s\u2013-]?(?P<digits>\d{6,7})\b", re.IGNORECASE)),
    (
        "order_number",
        re.compile(r"\border(?: number| no\.?| nr\.?)?(?: is|:)?\s*#?\s*(?P<digits>\d{6,7})\b", re.IGNORECASE),
    ),
    ("money", re.compile(r"(?P<symbol>[£€$])\s?(?P<amount>\d+(?:,\d{3})*(?:\.\d{1,2})?)")),
    (
        "money",
        re.compile(
            r"\b(?P<amount>\d+(?:\.\d{1,2})?)\s?(?P<symbol>gbp|pounds?|quid|eur|euros?|usd|dollars)\b", re.IGNORECASE
        ),
    ),
    ("money", re.compile(r"\b(?P<pence>\d{1,2})\s?(?:p|pence)\b", re.IGNORECASE)),
    ("date", re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b")),
    ("date", re.compile(r"\b(?P<day>\d{1,2})[/.](?P<month>\d{1,2})(?:[/.](?P<year>\d{2,4}))\b")),
    (
        "date",
        re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<name>{MONTH_NAMES})\b(?:,? (?P<year>\d{{4}}))?",
            re.IGNORECASE,
        ),
    ),
    ("date", re.compile(r"\b(?P<relative>today|yesterday|tomorrow)\b", re.IGNORECASE)),
    ("date", re.compile(rf"\b(?P<which>last|next|this|on) (?P<weekday>{'|'.join(DAYS)})\b", re.IGNORECASE)),
    ("phone", re.compile(r"(?<!\w)(?:\+\d{1,3}[\s-]?(?:\(0\)\s?)?|0)\d(?:[\s-]?\d){8,10}\b")),
    ("postcode", re.compile(r"\b(?P<out>[A-Z]{1,2}\d[A-Z\d]?)\s?(?P<in>\d[A-Z]{2})\b", re.IGNORECASE)),
)


def find_entities(text: str, *, today: date) -> list[Found]:
    """Find entities in order of appearance, never two over one another; what cannot be read is left out.

    Args:
        text: the message.
        today: what "yesterday" and a date without a year are counted from.
    """
    found: list[Found] = []
    for entity, pattern in PATTERNS:
        for match in pattern.finditer(text):
            value = READERS[entity](match, today)
            if value is not None and not overlaps(match.start(), match.end(), found):
                found.append(Found(entity, value, match.start(), match.end()))
    return sorted(found, key=lambda entity: entity.start)


def overlaps(start: int, end: int, found: Iterable[Found]) -> bool:
    """Say whether a stretch of text lies over something found before."""
    return any(start < other.end and other.start < end for other in found)


def read_money(match: re.Match[str], _: date) -> str | None:
    """Return "12.50 GBP"."""
    parts = match.groupdict()
    if parts.get("pence"):
        return f"{int(parts['pence']) / 100:.2f} GBP"
    return f"{float(parts['amount'].replace(',', '')):.2f} {CURRENCIES[parts['symbol'].lower()]}"


def read_date(match: re.Match[str], today: date) -> str | None:
    """Return an ISO date; a day without a year is the nearest one, up to six months away."""
    parts = match.groupdict()
    if parts.get("relative"):
        return str(today + timedelta(days={"yesterday": -1, "today": 0, "tomorrow": 1}[parts["relative"].lower()]))
    if parts.get("weekday"):
        return str(read_weekday(parts["which"].lower(), DAYS.index(parts["weekday"].lower()), today))
    month = MONTHS.index(parts["name"][:3].lower()) + 1 if parts.get("name") else int(parts["month"])
    return next(valid_dates(parts.get("year"), month, int(parts["day"]), today), None)


def read_weekday(which: str, weekday: int, today: date) -> date:
    """Return the weekday before today for "last", else the next one; "on" today's weekday is today."""
    if which == "last":
        return today - timedelta(days=(today.weekday() - weekday) % 7 or 7)
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(days=ahead or (7 if which == "next" else 0))


def valid_dates(year: str | None, month: int, day: int, today: date) -> Iterator[str]:
    """Yield the one date meant, or nothing when there is no such day."""
    years = [int(year) + (2000 if len(year) == 2 else 0)] if year else [today.year - 1, today.year, today.year + 1]
    dates = []
    for candidate in years:
        try:
            dates.append(date(candidate, month, day))
        except ValueError:
            continue
    if dates:
        yield str(min(dates, key=lambda candidate: abs((candidate - today).days)))


def read_phone(match: re.Match[str], _: date) -> str | None:
    """Return digits with a leading + or 0."""
    digits = re.sub(r"\(0\)|[\s-]", "", match.group())
    return digits if 10 <= len(digits.lstrip("+")) <= 14 else None


def read_postcode(match: re.Match[str], _: date) -> str | None:
    """Return "SW1A 1AA"."""
    return f"{match['out']} {match['in']}".upper()


Reader = Callable[["re.Match[str]", date], "str | None"]
READERS: dict[str, Reader] = {
    "email": lambda match, _: match.group().rstrip(".").lower(),
    "order_number": lambda match, _: f"TW-{match['digits']}",
    "money": read_money,
    "date": read_date,
    "phone": read_phone,
    "postcode": read_postcode,
}
