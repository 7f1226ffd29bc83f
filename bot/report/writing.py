"""Joins what the components noted while training into `training_report.json` and a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.report.page import page

JSON_NAME, PAGE_NAME = "training_report.json", "training_report.html"


def write_report(notes: Path, output: Path, *, described: Mapping[str, Any]) -> dict[str, Any]:
    """Write both files; a part that noted nothing is left out.

    Args:
        notes: folder with `intents.json` and `frustration.json`, as the components wrote them.
        output: where the model is.
        described: facts about the model, at the top of the report.

    Returns:
        What the JSON file holds.
    """
    intents, frustration = read_note(notes / "intents.json"), read_note(notes / "frustration.json")
    report: dict[str, Any] = {**described, **intents}
    if frustration:
        report["frustration"] = frustration
    (output / JSON_NAME).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (output / PAGE_NAME).write_text(page(report), encoding="utf-8")
    return report


def read_note(path: Path) -> dict[str, Any]:
    """Return what a component noted; empty when it noted nothing."""
    noted: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return noted
