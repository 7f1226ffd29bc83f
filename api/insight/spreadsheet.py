"""CSV that a spreadsheet may open: no cell of it is ever taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

# What starts a formula in Excel, LibreOffice or Google Sheets, also in its wide form; tabs and line ends move what
# follows them into a cell of its own when it is pasted (OWASP, CSV Injection).
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - they are meant
Cell = str | int | float | bool | None


def safe_cell(value: Cell) -> str | int | float:
    """Return a value as a cell: text that could be a formula gets an apostrophe before it, numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return value
    text = value.replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(STARTS_A_FORMULA) else text


def csv_lines(rows: Iterable[Iterable[Cell]]) -> str:
    """Return rows as RFC 4180 has them, every text in quotes."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return written.getvalue()
