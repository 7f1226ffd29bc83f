"""docs/reliability.md and the tests say the same."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.promises import promises_in, shown

ROOT = Path(__file__).parent.parent.parent
ROW = re.compile(r"^\| ([A-G]\d\d) \| (.+?) \| (.+) \|$", re.MULTILINE)


def table() -> dict[str, set[str]]:
    """Return the files of each promise in the document."""
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    return {name: set(re.findall(r"`([^`]+)`", files)) for name, _, files in ROW.findall(text)}


def test_every_promise_is_named_by_the_tests_that_are_said_to_show_it() -> None:
    tests = shown()
    missing = {name: files - tests.get(name, set()) for name, files in table().items()}
    assert {name: files for name, files in missing.items() if files} == {}
    assert all(table().values())


def test_every_promise_that_a_test_names_is_in_the_table() -> None:
    assert set(shown()) - set(table()) == set()


def test_a_name_is_read_from_docstrings_comments_and_names_alone() -> None:
    source = '""' + '"A01-A03, B07."' + '""\nx = "C01"  # D09\ndef test_e04_one() -> None: ...\n'
    assert promises_in(source) == {"A01", "A02", "A03", "B07", "D09", "E04"}
