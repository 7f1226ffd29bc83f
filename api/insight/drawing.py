"""Draws trends as small plots."""

from __future__ import annotations

from collections.abc import Sequence

from api.insight.plots import (
    Mark,
    Scale,
    bar_plot,
    line_plot,
    scale_of_numbers,
    scale_of_seconds,
    scale_of_shares,
    scale_of_stars,
)
from api.insight.report import Step
from api.insight.trends import Point, Trend, points_of
from api.insight.words import day_words, says_trend


def draw_trend(trend: Trend, steps: Sequence[Step]) -> str:
    """Return a trend as an SVG: counts as bars, everything else as a line."""
    points = points_of(trend, steps)
    ends = (day_words(steps[0].period.first), day_words(steps[-1].period.last))
    says, scale = says_trend(trend, points), _scale(trend, points)
    if trend.unit == "count":
        return bar_plot([point.value or 0.0 for point in points], scale, ends, says=says)
    return line_plot([Mark(point.value, point.low, point.high) for point in points], scale, ends, says=says)


def _scale(trend: Trend, points: Sequence[Point]) -> Scale:
    values = [point.value for point in points if point.value is not None]
    if trend.unit == "share":
        return scale_of_shares(values)
    if trend.unit == "seconds":
        return scale_of_seconds(values)
    return scale_of_stars() if trend.unit == "stars" else scale_of_numbers(values)
