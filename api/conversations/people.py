"""When people are in, as the database and the company's hours know it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from api.availability import Availability, availability
from api.company import Company
from api.desk.presence import count_present

PeopleSentence = Callable[[Session, datetime], str]  # one or two sentences for a customer, true at that moment


class People:
    """Says truthfully when a person can answer."""

    def __init__(self, company: Company) -> None:
        self._company = company

    def availability(self, session: Session, at: datetime) -> Availability:
        """Return the channels' hours, and whether anybody is at the desk."""
        return availability(self._company, at, agents_present=count_present(session, at))

    def sentence(self, session: Session, at: datetime) -> str:
        """Return it in one or two sentences."""
        return self.availability(session, at).sentence
