"""One conversation as the figures see it: who said something when, how it was meant and met, never the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SILENCE = timedelta(hours=24)  # after this a visit is over: what the customer writes later is a return


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript, without its words."""

    message_id: str
    sender: str  # customer | bot | agent | system
    at: datetime
    outcome: str | None = None  # of a customer's message
    suggestion_id: str | None = None  # what the text was taken from


@dataclass(frozen=True, slots=True)
class Mood:
    """How upset a customer's message was, with what the conversation adds."""

    message_id: str
    score: float  # 0..1


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay with people."""

    message_id: str | None
    reasons: tuple[str, ...]
    requested_at: datetime
    taken_at: datetime | None
    ended_at: datetime | None
    left: bool  # the customer went out of the queue before anybody came


@dataclass(frozen=True, slots=True)
class Offered:
    """A suggestion that somebody saw, and what became of it."""

    suggestion_id: str
    set_id: str
    message_id: str | None  # the question
    article_id: str
    title: str
    wrong: bool | None = None  # as customer and agents judged it; None: nobody did
    helped: bool = False  # the customer said that it helped
    displayed: bool = False  # to an agent
    sent: bool = False  # by an agent
    reworded: bool = False  # before it was sent
    dismissed: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation in which the customer wrote something."""

    conversation_id: str
    created_at: datetime
    last_at: datetime
    closed: bool
    lines: tuple[Line, ...]  # in order
    moods: tuple[Mood, ...] = ()  # in order
    stays: tuple[Stay, ...] = ()  # in order
    offered: tuple[Offered, ...] = ()
    stars: int | None = None
    customer: str | None = None  # a key of the same customer everywhere; None: nobody knows who it was
    others: tuple[datetime, ...] = ()  # when this customer's other conversations began

    @property
    def asked(self) -> tuple[Line, ...]:
        """What the customer wrote."""
        return tuple(line for line in self.lines if line.sender == "customer")

    def is_over(self, now: datetime) -> bool:
        """Say whether it is closed, or the customer has been silent for a day."""
        return self.closed or now - self.last_at >= SILENCE
