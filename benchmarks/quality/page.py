"""The comparison as text, as a page and as plots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

ROW, LEFT, FULL = 26, 250, 300


@dataclass(frozen=True, slots=True)
class Table:
    """One set: its figures by contender, ours first."""

    name: str
    questions: int
    figures: Mapping[str, Mapping[str, float]]
    shown: tuple[str, ...]  # columns; the first is plotted

    @classmethod
    def of(cls, name: str, questions: int, figures: Mapping[str, Mapping[str, Any]], shown: Sequence[str]) -> Table:
        """Keep the columns that somebody has a figure in."""
        columns = tuple(column for column in shown if any(one.get(column) is not None for one in figures.values()))
        kept = {title: {c: float(one[c]) for c in columns if one.get(c) is not None} for title, one in figures.items()}
        return cls(name, questions, kept, columns)

    @property
    def slug(self) -> str:
        """The set's name in a file's name."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    def rows(self) -> list[list[str]]:
        """Return the cells, with the best of each column marked."""
        found = []
        for title, figures in self.figures.items():
            cells = [self._cell(column, figures.get(column)) for column in self.shown]
            found.append([title, *cells])
        return found

    def as_text(self) -> str:
        """Return the table for a terminal."""
        head = f"{'':<36}" + "".join(f"{column:>12}" for column in self.shown)
        lines = [f"{row[0]:<36}" + "".join(f"{cell.replace('*', ''):>12}" for cell in row[1:]) for row in self.rows()]
        return "\n".join([head, *lines])

    def _cell(self, column: str, value: float | None) -> str:
        if value is None:
            return "-"
        if column == "ms":
            return f"{value:.0f}"
        best = max(one[column] for one in self.figures.values() if column in one)
        return f"**{value:.3f}**" if value == best else f"{value:.3f}"


def page_of(tables: Sequence[Table]) -> str:
    """Return the page in Markdown."""
    parts = [
        "# Beside what people would pick instead",
        "",
        "Made by `make bench-quality` (`EVAL=DIR` adds the public sets). Everybody gets the same passages, the same",
        "listed questions and the same encoder; a page ranks by its best text; whoever has no answer of its own shows",
        "its whole first passage. The best of each column is bold. Milliseconds are processor time for one question on",
        "one thread.",
    ]
    for table in tables:
        parts += [
            "",
            f"## {table.name}: {table.questions:,} questions",
            "",
            f"![{table.name}](images/quality-{table.slug}.svg)",
            "",
            "| | " + " | ".join(table.shown) + " |",
            "|---" * (len(table.shown) + 1) + "|",
            *("| " + " | ".join(row) + " |" for row in table.rows()),
        ]
    return "\n".join(parts) + "\n"


def plot_of(table: Table) -> str:
    """Return the first column as bars, ours in another colour."""
    column = table.shown[0]
    lines = [f'<text x="0" y="16" font-weight="bold">{escape(table.name)}: {escape(column)}</text>']
    for place, (title, figures) in enumerate(table.figures.items()):
        y, value = 28 + place * ROW, figures.get(column, 0.0)
        colour = "#2f7d62" if title == "ours" else "#b8c4be"
        lines.append(
            f'<text x="0" y="{y + 14}">{escape(title)}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{FULL * value:.1f}" height="18" fill="{colour}"/>'
            f'<text x="{LEFT + FULL * value + 6:.1f}" y="{y + 14}">{value:.3f}</text>'
        )
    width, height = LEFT + FULL + 60, 36 + len(table.figures) * ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="system-ui,sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(lines)}</svg>\n"
    )
