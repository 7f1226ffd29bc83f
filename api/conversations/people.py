"""When people are in, as the database and the company's hours know it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api.availability import Availability, availability
from api.company import Company, Desk
from api.desk.presence import count_present
from api.hand_off.placing import Placement, place
from api.store.tables import Conversation
from api.strings.catalogue import say

PeopleSentence = Callable[[Session, datetime], str]  # one or two sentences for a customer, true at that moment


class People:
    """Says truthfully when a person can answer."""

    def __init__(self, company: Company) -> None:
        self._company = company

    def availability(self, session: Session, at: datetime, *, department: str | None = None) -> Availability:
        """Return the channels' hours, and whether anybody is at the desk; of a department, the chat's hours are its."""
        present = count_present(session, at)
        return availability(self._company.of_department(department), at, agents_present=present)

    def sentence(self, session: Session, at: datetime, *, department: str | None = None) -> str:
        """Return it in one or two sentences."""
        return self.availability(session, at, department=department).sentence

    def place(
        self, session: Session, conversation: Conversation, reason_codes: Sequence[str], at: datetime
    ) -> Placement:
        """Return the department and the urgency of a conversation that needs a person."""
        return place(session, self._company, conversation, reason_codes, at=at)

    @property
    def desk(self) -> Desk:
        """How the company's desk works."""
        return self._company.desk

    def exceptions(self) -> str:
        """Return how a customer asks for an exception when a policy says no."""
        asked = self._company.exceptions
        return say("exceptions.sentence", who=asked.who, email=asked.email, promise=asked.promise or "")
