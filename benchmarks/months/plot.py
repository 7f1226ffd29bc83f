"""The weeks as an SVG: how many questions are answered rightly, how many go to a person, which model was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from textwrap import wrap

from benchmarks.months.judgement import CURVES, drops, step
from benchmarks.months.weeks import Marks, Week, share

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 670, 300, 48, 24, 40, 210
LINE_HEIGHT, LINE = 18, 100  # of what stands below the plot: pixels, and characters
COLOURS = {"questions answered rightly": "#1f6f54", "requests understood": "#3f5aa6", "to a person": "#b4552d"}
DRAWN: dict[str, Callable[[Week], Marks]] = {**CURVES, "to a person": lambda week: week.handed_off}


def svg_of(weeks: Sequence[Week]) -> str:
    """Return the plot.

    A hollow mark is a week in which the gate refused something. The bar at a mark is where chance alone could have put
    it, seen from the week before. Below stand the refusals with their reasons, and what fell beyond chance.
    """
    says = "Share of test questions answered rightly and handed to a person, and of requests understood, by week"
    lines = [line for note in _notes(weeks) for line in wrap(note, LINE, subsequent_indent="\u2003")]
    height = HEIGHT + LINE_HEIGHT * len(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(says)}" font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for height_of in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(height_of)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#d6ddd9"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end" fill="#52606d">{height_of:.0%}</text>')
    for week in weeks:
        parts.append(
            f'<text x="{_x(week.number, weeks)}" y="{HEIGHT - 16}" text-anchor="middle" fill="#52606d">'
            f"{week.number or 'start'}</text>"
        )
    for name, marks in DRAWN.items():
        parts += _curve(weeks, name, marks)
    for place, line in enumerate(lines):
        parts.append(f'<text x="12" y="{HEIGHT + LINE_HEIGHT * place + 4}" fill="#52606d">{escape(line)}</text>')
    return "".join(parts) + "</svg>\n"


def _curve(weeks: Sequence[Week], name: str, marks: Callable[[Week], Marks]) -> list[str]:
    colour, shares = COLOURS[name], [share(marks(week)) for week in weeks]
    points = [(_x(week.number, weeks), _y(height)) for week, height in zip(weeks, shares, strict=True)]
    path = " ".join(f"{x},{y}" for x, y in points)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>']
    for place, (week, (x, y)) in enumerate(zip(weeks, points, strict=True)):
        if place and name in CURVES:
            low, high = step(marks(weeks[place - 1]), marks(week)).interval
            ends = (_y(shares[place - 1] + low), _y(shares[place - 1] + high))
            parts.append(f'<line x1="{x}" x2="{x}" y1="{ends[0]}" y2="{ends[1]}" stroke="{colour}" opacity="0.5"/>')
        fill = "#ffffff" if week.refused else colour
        parts.append(f'<circle cx="{x}" cy="{y}" r="4.5" fill="{fill}" stroke="{colour}" stroke-width="2"/>')
    x, y = points[-1]
    parts.append(f'<text x="{x + 12}" y="{y + 4}" fill="{colour}">{escape(name)} {shares[-1]:.0%}</text>')
    return parts


def _notes(weeks: Sequence[Week]) -> Iterable[str]:
    for week in weeks:
        yield from (f"Week {week.number}, refused by the gate: {reason}" for reason in week.refused)
    yield from (f"Fell beyond chance: {fallen}" for fallen in drops(weeks))


def _x(number: int, weeks: Sequence[Week]) -> float:
    last = max(week.number for week in weeks) or 1
    return round(LEFT + 12 + (WIDTH - LEFT - RIGHT - 24) * number / last, 1)


def _y(share: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)
