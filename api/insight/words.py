"""Figures and trends in words, for those who cannot see a plot and for headings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from api.hand_off.reasons import reason_text
from api.insight.trends import Point, Trend, Unit
from api.strings.catalogue import catalogue, say


def figure_words(name: str, titles: dict[str, str] | None = None) -> str:
    """Return what a figure counts, in words.

    Args:
        name: a figure's, `reason:CODE`, or `article:KIND:ID`.
        titles: of articles, by id.
    """
    kind, _, rest = name.partition(":")
    if kind == "reason" and rest:
        return say("insight.with_reason", reason=reason_text(rest))
    if kind == "article" and rest:
        event, _, article_id = rest.partition(":")
        return say(f"insight.article_{event}", title=(titles or {}).get(article_id, article_id))
    return catalogue().get(f"insight.figures.{name}", name)


def says_trend(trend: Trend, points: Sequence[Point]) -> str:
    """Return a trend in one sentence: from what to what, its lowest and its highest."""
    measured = [point for point in points if point.value is not None]
    title = say(f"insight.trends.{trend.name}")
    if not measured:
        return say("insight.trend_empty", title=title)
    least = min(measured, key=lambda point: point.value or 0.0)
    most = max(measured, key=lambda point: point.value or 0.0)
    return say(
        "insight.trend_says",
        title=title,
        first=value_words(measured[0].value, trend.unit),
        first_day=day_words(measured[0].step.period.first),
        last=value_words(measured[-1].value, trend.unit),
        last_day=day_words(measured[-1].step.period.last),
        least=value_words(least.value, trend.unit),
        most=value_words(most.value, trend.unit),
    )


def value_words(value: float | None, unit: Unit) -> str:
    """Return a value as people read it; a dash for none."""
    if value is None:
        return "-"
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "stars":
        return f"{value:.1f}"
    return seconds_words(value) if unit == "seconds" else f"{value:.0f}"


def seconds_words(seconds: float) -> str:
    """Return a duration as people read it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def day_words(day: date) -> str:
    """Return a day without its year."""
    return f"{day.day} {day:%b}"
