"""The whole look at a period: figures now and before, by day or week, hand-offs by reason, articles, the promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.insight.articles import KINDS, ArticleUse, article_uses
from api.insight.cases import Case
from api.insight.figures import Figure, Figures, figures_of
from api.insight.period import Period
from api.insight.reading import read_cases
from api.insight.refs import Ref
from api.suggestions.promise import Promise, promise_of


@dataclass(frozen=True, slots=True)
class Step:
    """The figures of one day or week."""

    period: Period
    figures: Figures


@dataclass(frozen=True, slots=True)
class Look:
    """Everything the dashboard shows of a period."""

    period: Period
    figures: Figures
    before: Figures  # of as many days right before it
    steps: tuple[Step, ...]
    reasons: tuple[Figure, ...]  # hand-offs by their first reason, the most frequent first; `name` is the code
    articles: tuple[ArticleUse, ...]
    promise: Promise  # of the last days, whatever the period

    def refs(self, name: str) -> Sequence[Ref] | None:
        """Return what a figure counts; None when there is no figure of this name.

        Args:
            name: a figure's, `reason:CODE`, or `article:KIND:ID`.
        """
        kind, _, rest = name.partition(":")
        if not rest:
            figure = self.figures.get(name)
            return None if figure is None else figure.refs
        if kind == "reason":
            return next((one.refs for one in self.reasons if one.name == rest), None)
        event, _, article_id = rest.partition(":")
        if kind == "article" and event in KINDS:
            return next((one.refs.get(event, []) for one in self.articles if one.article_id == article_id), None)
        return None


def look_at(session: Session, period: Period, *, budget: float, now: datetime) -> Look:
    """Read a period and count everything in it.

    Args:
        session: to read with.
        period: which days; conversations belong to the day they began.
        budget: the greatest share of wrong answers, as promised.
        now: what is not over yet is told by it.
    """
    cases = read_cases(session, period)
    return Look(
        period=period,
        figures=figures_of(cases, now),
        before=figures_of(read_cases(session, period.before), now),
        steps=tuple(
            Step(step, figures_of([c for c in cases if step.has(c.created_at)], now)) for step in period.steps()
        ),
        reasons=tuple(hand_offs_by_reason(cases)),
        articles=tuple(article_uses(cases)),
        promise=promise_of(session, budget=budget, now=now),
    )


def hand_offs_by_reason(cases: Sequence[Case]) -> list[Figure]:
    """Return the hand-offs by the reason that came first, the most frequent first."""
    found: dict[str, list[Ref]] = {}
    for case in cases:
        for stay in case.stays:
            code = stay.reasons[0] if stay.reasons else "unknown"
            found.setdefault(code, []).append(Ref(case.conversation_id, stay.message_id))
    by_count = sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))
    return [Figure(code, tuple(refs), "hand_offs") for code, refs in by_count]
