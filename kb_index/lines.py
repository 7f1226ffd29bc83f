"""JSON Lines, the one way. Only the standard library, so that both Pythons can load it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class LinesUnusable(ValueError):
    """A file is no JSON Lines; the message has file and line number."""


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read one JSON object per line; blank lines are skipped.

    Raises:
        LinesUnusable: a line is no JSON object.
    """
    rows = []
    with path.open(encoding="utf-8") as lines:  # not `splitlines`, which also breaks inside a text at U+2028
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise LinesUnusable(f"{path}:{number}: {error}") from error
            if not isinstance(row, dict):
                raise LinesUnusable(f"{path}:{number}: not a JSON object")
            rows.append(row)
    return rows
