"""The dashboard as JSON."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from api.hand_off.reasons import reason_text
from api.insight.articles import KINDS, ArticleUse
from api.insight.figures import Figure, Figures, interval_of, share_of
from api.insight.period import Period
from api.insight.refs import Ref
from api.insight.report import Look
from api.insight.trends import TRENDS, Point, Trend, points_of
from api.insight.words import says_trend
from api.schemas.desk import ConversationRow
from api.suggestions.promise import Promise


class PeriodView(BaseModel):
    """Whole days, both counted."""

    first: date
    last: date
    days: int
    zone: str

    @classmethod
    def of(cls, period: Period) -> PeriodView:
        """Show a period."""
        return cls(first=period.first, last=period.last, days=period.days, zone=period.zone)


class FigureView(BaseModel):
    """One figure. `GET /v1/insight/conversations?figure=NAME` lists what it counts."""

    name: str
    count: int
    of: int | None = None  # how many it is a share of
    share: float | None = None  # 0..1
    low: float | None = None  # of the share's 95 % interval (Wilson)
    high: float | None = None
    median: float | None = None  # of what was measured: seconds, stars or a score
    nine_of_ten: float | None = None  # do not exceed this
    mean: float | None = None
    share_before: float | None = None  # in as many days right before the period
    count_before: int | None = None
    median_before: float | None = None
    mean_before: float | None = None

    @classmethod
    def of_figure(cls, figure: Figure, now: Figures, before: Figures | None = None) -> FigureView:
        """Show a figure beside its past."""
        low, high = interval_of(now, figure.name) or (None, None)
        past = before[figure.name] if before else None
        return cls(
            name=figure.name,
            count=figure.count,
            of=now[figure.of].count if figure.of else None,
            share=share_of(now, figure.name),
            low=low,
            high=high,
            median=figure.median,
            nine_of_ten=figure.high,
            mean=figure.mean,
            share_before=share_of(before, figure.name) if before else None,
            count_before=past.count if past else None,
            median_before=past.median if past else None,
            mean_before=past.mean if past else None,
        )


class ReasonView(BaseModel):
    """Hand-offs of one reason."""

    name: str  # the figure: reason:CODE
    words: str
    count: int


class ArticleUseView(BaseModel):
    """What became of one article's answers; each number is the figure article:KIND:ID."""

    article_id: str
    title: str
    shown: int
    helpful: int
    rejected: int
    hand_off: int
    sent: int
    pages_helpful: int = 0  # presses on "was this helpful" under the page itself
    pages_unhelpful: int = 0

    @classmethod
    def of(cls, use: ArticleUse, pages: tuple[int, int]) -> ArticleUseView:
        """Show an article's use."""
        counts = {kind: use.count(kind) for kind in KINDS}
        return cls(
            article_id=use.article_id, title=use.title, pages_helpful=pages[0], pages_unhelpful=pages[1], **counts
        )


class PromiseView(BaseModel):
    """The error budget against what people said."""

    kept: bool
    budget: float
    judged: int
    wrong: int
    chance: float
    days: int

    @classmethod
    def of(cls, promise: Promise) -> PromiseView:
        """Show the promise."""
        return cls(
            kept=promise.kept,
            budget=promise.budget,
            judged=promise.judged,
            wrong=promise.wrong,
            chance=promise.chance,
            days=promise.days,
        )


class PointView(BaseModel):
    """One day or week of a trend."""

    first: date
    last: date
    value: float | None
    low: float | None
    high: float | None
    count: int


class TrendView(BaseModel):
    """A small plot, and its points for those who cannot see it or want to know more."""

    name: str
    figure: str
    unit: str
    url: str  # the plot, an SVG
    says: str
    points: list[PointView]

    @classmethod
    def of(cls, trend: Trend, look: Look) -> TrendView:
        """Show a trend."""
        points = points_of(trend, look.steps)
        asked = urlencode({"first": look.period.first.isoformat(), "last": look.period.last.isoformat()})
        return cls(
            name=trend.name,
            figure=trend.figure,
            unit=trend.unit,
            url=f"/v1/insight/plots/{quote(trend.name)}.svg?{asked}",
            says=says_trend(trend, points),
            points=[_point(point) for point in points],
        )


class InsightView(BaseModel):
    """A period at a glance."""

    period: PeriodView
    before: PeriodView
    figures: dict[str, FigureView]
    reasons: list[ReasonView]
    articles: list[ArticleUseView]
    promise: PromiseView
    trends: list[TrendView]

    @classmethod
    def of(cls, look: Look, pages: dict[str, tuple[int, int]]) -> InsightView:
        """Show a look; `pages` counts helpful and unhelpful presses by article."""
        return cls(
            period=PeriodView.of(look.period),
            before=PeriodView.of(look.period.before),
            figures={name: FigureView.of_figure(one, look.figures, look.before) for name, one in look.figures.items()},
            reasons=[
                ReasonView(name=f"reason:{one.name}", words=reason_text(one.name), count=one.count)
                for one in look.reasons
            ],
            articles=[ArticleUseView.of(use, pages.get(use.article_id, (0, 0))) for use in look.articles],
            promise=PromiseView.of(look.promise),
            trends=[TrendView.of(trend, look) for trend in TRENDS],
        )


class Counted(BaseModel):
    """One thing that a figure counts."""

    conversation: ConversationRow
    message_id: str | None
    text: str | None  # of that message, personal data masked
    at: datetime | None
    value: float | None


class CountedList(BaseModel):
    """What a figure counts, the largest value first where something was measured, else the newest first."""

    name: str
    words: str
    count: int
    rows: list[Counted]
    next_after: int | None = None  # `after` of the next page


def ordered(refs: list[Ref]) -> list[Ref]:
    """Return refs as they are listed: the largest value first, else the other way round than they were counted."""
    newest_first = refs[::-1]
    return sorted(newest_first, key=lambda ref: -(ref.value or 0.0))


def _point(point: Point) -> PointView:
    period = point.step.period
    return PointView(
        first=period.first, last=period.last, value=point.value, low=point.low, high=point.high, count=point.count
    )
