"""The weeks as an SVG: how many questions are answered rightly, how many go to a person, which model was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 640, 300, 48, 24, 40, 180
RIGHT_COLOUR, UNDERSTOOD_COLOUR, HANDED_COLOUR = "#1f6f54", "#3f5aa6", "#b4552d"


@dataclass(frozen=True, slots=True)
class Week:
    """One week's end."""

    number: int  # 0: before anything was labelled
    right: float  # share of test questions answered rightly
    understood: float  # share of held-out examples taken for what they mean
    handed_off: float  # share of test questions that end with a person or the offer of one
    labelled: int
    promoted: bool
    reasons: tuple[str, ...] = ()


def svg_of(weeks: Sequence[Week]) -> str:
    """Return the plot; a hollow mark is a week whose model the gate refused."""
    says = "Share of test questions answered rightly and handed to a person, and of requests understood, by week"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(says)}" font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        height = _y(share)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height}" y2="{height}" stroke="#d6ddd9"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{height + 4}" text-anchor="end" fill="#52606d">{share:.0%}</text>')
    for week in weeks:
        parts.append(
            f'<text x="{_x(week.number, weeks)}" y="{HEIGHT - 16}" text-anchor="middle" fill="#52606d">'
            f"{week.number or 'start'}</text>"
        )
    parts += _line(weeks, [week.right for week in weeks], RIGHT_COLOUR, "answered rightly")
    parts += _line(weeks, [week.understood for week in weeks], UNDERSTOOD_COLOUR, "requests understood")
    parts += _line(weeks, [week.handed_off for week in weeks], HANDED_COLOUR, "to a person")
    return "".join(parts) + "</svg>\n"


def _line(weeks: Sequence[Week], shares: Sequence[float], colour: str, name: str) -> list[str]:
    points = [(_x(week.number, weeks), _y(share)) for week, share in zip(weeks, shares, strict=True)]
    path = " ".join(f"{x},{y}" for x, y in points)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>']
    for week, (x, y) in zip(weeks, points, strict=True):
        fill = colour if week.promoted else "#ffffff"
        parts.append(f'<circle cx="{x}" cy="{y}" r="4.5" fill="{fill}" stroke="{colour}" stroke-width="2"/>')
    x, y = points[-1]
    parts.append(f'<text x="{x + 12}" y="{y + 4}" fill="{colour}">{escape(name)} {shares[-1]:.0%}</text>')
    return parts


def _x(number: int, weeks: Sequence[Week]) -> float:
    last = max(week.number for week in weeks) or 1
    return round(LEFT + 12 + (WIDTH - LEFT - RIGHT - 24) * number / last, 1)


def _y(share: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)
