"""Which test shows which promise: tests name them in docstrings, comments and their own names."""

from __future__ import annotations

import io
import re
import tokenize
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parent.parent
NAMED = re.compile(r"\b([A-G])(\d\d)(?:-\1?(\d\d))?\b")
IN_NAME = re.compile(r"test_([a-g]\d\d)_")


def shown() -> dict[str, set[str]]:
    """Return the files that show each promise, as paths from the folder above `tests`."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        for promise in promises_in(path.read_text(encoding="utf-8")):
            found[promise].add(path.relative_to(TESTS.parent).as_posix())
    return found


def promises_in(source: str) -> set[str]:
    """Return every promise that one file names; `A01-A03` names three."""
    found = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            found |= {name.upper() for name in IN_NAME.findall(token.string)}
        elif token.type == tokenize.COMMENT or token.string.startswith('"""'):
            for letter, first, last in NAMED.findall(token.string):
                found |= {f"{letter}{number:02}" for number in range(int(first), int(last or first) + 1)}
    return found
