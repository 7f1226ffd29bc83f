"""Turning the pages of a list that is ordered by time: where a page ended, as one opaque word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from api.errors import ApiError
from api.strings.catalogue import say

START = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 253_402_300_799_999_999  # microseconds; the end of the year 9999


@dataclass(frozen=True, slots=True)
class PageEnd:
    """The last row of a page; rows of the same moment are told apart by their ids."""

    at: datetime
    id: str

    def __str__(self) -> str:
        """Return the word a client sends back to get the next page."""
        return f"{(self.at - START) // timedelta(microseconds=1)}.{self.id}"

    def rest(self, time: InstrumentedAttribute[datetime], key: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """Return the condition on what follows, newest first and then by id."""
        return or_(time < self.at, and_(time == self.at, key > self.id))


def page_end(word: str | None) -> PageEnd | None:
    """Read what a client sent back.

    Raises:
        ApiError: 422, it is no word of ours.
    """
    if word is None:
        return None
    micros, dot, key = word.partition(".")
    if not dot or not micros.isascii() or not micros.isdigit() or len(micros) > 18 or int(micros) > LATEST:
        raise ApiError(422, "invalid", say("review.bad_page"))
    return PageEnd(START + timedelta(microseconds=int(micros)), key)
