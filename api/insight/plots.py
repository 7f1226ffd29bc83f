"""Small plots as SVG files of their own: no script, their own colours for light and dark, their words as `<title>`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 300, 104
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 10, 20
STYLE = """
text{font:11px system-ui,sans-serif;fill:#55625f}
.grid{stroke:#e2dfd5}.line{fill:none;stroke:#14504f;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.band{fill:#14504f;opacity:.12}.dot{fill:#14504f}.bar{fill:#14504f}.pale{fill:#14504f;opacity:.3}
@media(prefers-color-scheme:dark){text{fill:#a6b4af}.grid{stroke:#2d3a37}.line{stroke:#7fc8bb}
.band,.dot,.bar,.pale{fill:#7fc8bb}}
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """One point to draw."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """The vertical axis: from 0 to `top`, with its labels."""

    top: float
    labels: tuple[tuple[float, str], ...]


def line_plot(marks: Sequence[Mark], scale: Scale, ends: tuple[str, str], *, says: str) -> str:
    """Return a line over time with the band of its intervals; where nothing was measured there is a gap."""
    places = _across(len(marks))
    drawn = [_axis(scale), _ends(ends)]
    for run in _runs(marks):
        high = [(places[i], _y(marks[i].high, scale)) for i in run if marks[i].high is not None]
        low = [(places[i], _y(marks[i].low, scale)) for i in reversed(run) if marks[i].low is not None]
        if len(run) > 1 and high:
            drawn.append(f'<polygon class="band" points="{_path([*high, *low])}"/>')
        at = [(places[i], _y(marks[i].value, scale)) for i in run]
        if len(at) > 1:
            drawn.append(f'<polyline class="line" points="{_path(at)}"/>')
        dots = at if len(marks) <= 16 or len(at) == 1 else at[-1:]
        drawn += [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in dots]
    return _svg(drawn, says=says)


def bar_plot(values: Sequence[float], scale: Scale, ends: tuple[str, str], *, says: str, last: bool = False) -> str:
    """Return bars over time; with `last` only the last one stands out."""
    room = (WIDTH - LEFT - RIGHT) / max(1, len(values))
    width = max(1.0, min(room * 0.72, 26.0))
    drawn = [_axis(scale), _ends(ends)]
    for place, value in enumerate(values):
        x, y = LEFT + room * (place + 0.5) - width / 2, _y(value, scale)
        kind = "bar" if not last or place == len(values) - 1 else "pale"
        tall = HEIGHT - BOTTOM - y
        drawn.append(f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{tall:.1f}" rx="1.5"/>')
    return _svg(drawn, says=says)


def scale_of_shares(values: Sequence[float]) -> Scale:
    """Return a scale for shares that is as tall as they need: 5, 10, 25, 50 or 100 %."""
    most = max(values, default=0.0)
    top = next((top for top in (0.05, 0.1, 0.25, 0.5) if most <= top), 1.0)
    return Scale(top, ((0.0, "0 %"), (top, f"{top:.0%}".replace("%", " %"))))


def scale_of_numbers(values: Sequence[float], *, unit: str = "") -> Scale:
    """Return a scale whose top is 1, 2 or 5 times a power of ten, above every value."""
    most = max([*values, 1.0])
    power = 10.0 ** math.floor(math.log10(most))
    top = next(step * power for step in (1, 2, 5, 10) if most <= step * power)
    return Scale(top, ((0.0, "0"), (top, f"{top:g}{unit}")))


def scale_of_seconds(values: Sequence[float]) -> Scale:
    """Return a scale in seconds, minutes or hours, whichever is read best."""
    most = max([*values, 1.0])
    size, unit = (3600, "h") if most > 5400 else (60, "min") if most > 90 else (1, "s")
    inside = scale_of_numbers([value / size for value in values])
    return Scale(inside.top * size, ((0.0, "0"), (inside.top * size, f"{inside.top:g} {unit}")))


def scale_of_stars() -> Scale:
    """Return the scale of stars."""
    return Scale(5.0, ((0.0, "0"), (5.0, "5")))


def _runs(marks: Sequence[Mark]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for place, mark in enumerate(marks):
        if mark.value is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


def _across(count: int) -> list[float]:
    room = WIDTH - LEFT - RIGHT - 8
    return [LEFT + 4 + (room * place / (count - 1) if count > 1 else room / 2) for place in range(count)]


def _y(value: float | None, scale: Scale) -> float:
    share = min(max((value or 0.0) / scale.top, 0.0), 1.0)
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _axis(scale: Scale) -> str:
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(value, scale):.1f}" y2="{_y(value, scale):.1f}"/>'
        f'<text x="{LEFT - 5}" y="{_y(value, scale) + 4:.1f}" text-anchor="end">{escape(label)}</text>'
        for value, label in scale.labels
    )


def _ends(ends: tuple[str, str]) -> str:
    return (
        f'<text x="{LEFT}" y="{HEIGHT - 5}">{escape(ends[0])}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 5}" text-anchor="end">{escape(ends[1])}</text>'
    )


def _svg(drawn: Sequence[str], *, says: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img"><title>{escape(says)}</title><style>{STYLE}</style>{"".join(drawn)}</svg>'
    )
