"""Plots as inline SVG: no script, no file beside the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

INK, GOOD, BAD, PALE = "#1f2933", "#2f7d6d", "#b4532a", "#e4e7eb"
ROW = 18  # height of one bar, in pixels


def svg(width: int, height: int, inside: str, *, says: str) -> str:
    """Return a picture; `says` is what it shows, for those who cannot see it."""
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(says, quote=True)}" font-family="system-ui, sans-serif" font-size="11">{inside}</svg>'
    )


def text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    """Return a line of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(words)}</text>'


def bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Return a filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def bars(rows: Sequence[tuple[str, float, str]], *, says: str) -> str:
    """Return horizontal bars: (name, share in [0, 1], what stands behind the bar)."""
    left, width = 170, 300
    drawn = []
    for place, (name, share, note) in enumerate(rows):
        y = place * ROW
        colour = GOOD if share >= 0.8 else BAD
        drawn.append(text(left - 6, y + 13, name, anchor="end"))
        drawn += [bar(left, y + 3, width, ROW - 5, PALE), bar(left, y + 3, width * share, ROW - 5, colour)]
        drawn.append(text(left + width + 6, y + 13, note))
    return svg(left + width + 150, max(1, len(rows)) * ROW + 4, "".join(drawn), says=says)


def histograms(kinds: Sequence[Mapping[str, Any]], *, says: str) -> str:
    """Return, for each kind of message, how its scores lie between 0 and 1."""
    left, cell, height = 90, 26, 44
    drawn = []
    for place, kind in enumerate(kinds):
        base = (place + 1) * (height + 14)
        tallest = max(1, *kind["histogram"])
        drawn.append(text(left - 6, base - 4, str(kind["kind"]), anchor="end"))
        colour = BAD if kind["frustrated"] else GOOD
        for at, count in enumerate(kind["histogram"]):
            tall = height * count / tallest
            x = left + at * cell
            drawn.append(
                f'<rect x="{x}" y="{base - tall:.1f}" width="{cell - 2}" height="{tall:.1f}" fill="{colour}"/>'
            )
            if count:
                drawn.append(text(x + cell / 2 - 1, base - tall - 2, str(count), anchor="middle"))
    bottom = len(kinds) * (height + 14)
    drawn += [text(left, bottom + 14, "0"), text(left + 10 * cell, bottom + 14, "1", anchor="end")]
    return svg(left + 10 * cell + 20, bottom + 20, "".join(drawn), says=says)


def curve(points: Sequence[Mapping[str, float]], *, says: str) -> str:
    """Return precision over recall."""
    side, left, top = 220, 40, 10
    ordered = sorted(points, key=lambda point: point["recall"])
    path = " ".join(f"{left + side * p['recall']:.1f},{top + side * (1 - p['precision']):.1f}" for p in ordered)
    drawn = f'<rect x="{left}" y="{top}" width="{side}" height="{side}" fill="none" stroke="{PALE}"/>'
    drawn += f'<polyline points="{path}" fill="none" stroke="{GOOD}" stroke-width="2"/>'
    drawn += text(left + side / 2, top + side + 28, "recall", anchor="middle") + text(2, top + 10, "precision")
    for share in (0.0, 0.5, 1.0):
        drawn += text(left + side * share, top + side + 14, f"{share:g}", anchor="middle")
        drawn += text(left - 4, top + side * (1 - share) + (22 if share == 1 else 4), f"{share:g}", anchor="end")
    return svg(left + side + 20, top + side + 34, drawn, says=says)


def confusion_grid(labels: Sequence[str], confusions: Sequence[Mapping[str, Any]], *, says: str) -> str:
    """Return a grid of who is taken for whom: a row is the true label, a column the predicted one."""
    cell, left, top = 14, 150, 130
    at = {label: place for place, label in enumerate(labels)}
    most = max((int(entry["count"]) for entry in confusions), default=1)
    drawn = []
    for label, place in at.items():
        middle = place * cell + cell - 3
        drawn.append(text(left - 4, top + middle, label, anchor="end"))
        x = left + middle
        drawn.append(f'<g transform="rotate(-60 {x} {top - 4})">{text(x, top - 4, label)}</g>')
        drawn.append(bar(left + place * cell, top + place * cell, cell, cell, PALE))
    for entry in confusions:
        row, column = at[entry["label"]], at[entry["predicted"]]
        shade = 0.25 + 0.75 * int(entry["count"]) / most
        where = f'x="{left + column * cell}" y="{top + row * cell}"'
        titled = f"<title>{escape(entry['label'])} taken for {escape(entry['predicted'])}: {entry['count']}</title>"
        drawn.append(f'<rect {where} width="{cell}" height="{cell}" fill="{BAD}" opacity="{shade:.2f}">{titled}</rect>')
    size = len(at) * cell
    return svg(left + size + 90, top + size + 6, "".join(drawn), says=says)
