"""The error budget against what customers and agents say: is what the search is sure of as often right as promised?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import Suggestion, SuggestionFeedback, SuggestionSet
from kb_index.cut_offs import binomial_tail

DAYS = 30
DOUBT = 0.05  # the promise counts as broken when chance alone would explain this many wrong answers less often


@dataclass(frozen=True, slots=True)
class Promise:
    """How the answers that the search was sure of, given by the bot or suggested to an agent, were judged lately."""

    budget: float  # the greatest share of wrong answers, as promised
    days: int
    judged: int  # answers that a customer or an agent judged
    wrong: int
    chance: float  # of as many wrong ones or more, were the budget kept exactly; in [0, 1]

    @property
    def kept(self) -> bool:
        """Whether what is known still agrees with the promise."""
        return self.chance >= DOUBT

    @classmethod
    def of(cls, judged: int, wrong: int, *, budget: float, days: int = DAYS) -> Promise:
        """Compare counts with the budget by an exact binomial test, one-sided."""
        return cls(budget, days, judged, wrong, 1.0 - binomial_tail(wrong - 1, judged, budget))


def promise_of(session: Session, *, budget: float, now: datetime, days: int = DAYS) -> Promise:
    """Count the judged answers of the last days.

    An answer is wrong when the customer says that it did not help or an agent that it is wrong; an agent's word counts
    more than the customer's.
    """
    first = select(Suggestion.id, SuggestionSet.id.label("set")).join(SuggestionSet)
    given = first.where(
        SuggestionSet.decision == "answer",
        SuggestionSet.message_id.is_not(None),
        SuggestionSet.created_at >= now - timedelta(days=days),
        Suggestion.rank == 0,
        Suggestion.internal.is_(False),
    ).subquery()
    rows = session.execute(
        select(given.c.set, SuggestionFeedback.caller, SuggestionFeedback.helpful, SuggestionFeedback.correct).join(
            SuggestionFeedback, SuggestionFeedback.suggestion_id == given.c.id
        )
    )
    judgements: dict[str, list[tuple[bool, bool]]] = {}
    for answer, caller, helpful, correct in rows:
        if (is_wrong := judged_wrong(helpful, correct)) is not None:
            judgements.setdefault(answer, []).append((caller == "customer", is_wrong))
    verdicts = [verdict(said) for said in judgements.values()]
    return Promise.of(len(verdicts), sum(verdicts), budget=budget, days=days)


def judged_wrong(helpful: bool | None, correct: str | None) -> bool | None:
    """Read one caller's feedback; None when it judges nothing."""
    if correct is not None:
        return correct == "wrong"
    return None if helpful is None else not helpful


def verdict(said: Iterable[tuple[bool, bool]]) -> bool:
    """Return whether an answer was wrong, from (by the customer, wrong) of everyone who judged it."""
    return min(said, key=lambda one: (one[0], not one[1]))[1]
