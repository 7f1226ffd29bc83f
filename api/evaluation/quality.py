"""The answer-quality report of a knowledge base, written where the administrator's pages look for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.processes.places import Places
from api.worker.index import questions_of
from kb_index.confidence import LabelledQuestion
from kb_index.cross_encoder import installed
from kb_index.encoder import Encoder
from kb_index.evaluate import labelled_of
from kb_index.report import Progress, Report, make_report
from kb_index.report_page import page_of
from kb_index.search import Search

REPORTS = "reports"  # folder below var/
MEASURED = ("test", "dev")  # splits of labelled questions; what an index is taught is measured by nobody


def labelled_questions(session: Session, kb: str, split: str) -> list[LabelledQuestion]:
    """Return a knowledge base's labelled questions of one split; "all" means dev and test."""
    splits = MEASURED if split == "all" else (split,)
    return questions_of(session, kb, splits)


def from_lines(lines: Sequence[dict[str, Any]], split: str) -> list[LabelledQuestion]:
    """Return the labelled questions of a file's lines; lines that name no split belong to every one."""
    return labelled_of(line for line in lines if split in (line.get("split", split), "all"))


def write_report(
    places: Places, questions: Sequence[LabelledQuestion], *, kb: str, progress: Progress
) -> tuple[Report, Path]:
    """Ask every question, and write the page and its JSON; return the report and the page's path.

    Raises:
        IndexUnusable: there is no index of `kb`.
        EncoderUnusable: there is no encoder.
    """
    judge = installed(places.cross_encoder)
    search = Search.open(places.index, kb=kb, encoder=Encoder.load(places.encoder), judge=judge)
    report = make_report(search, questions, kb=kb, progress=progress)
    folder = places.var / REPORTS
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"kb-{kb}.html"
    _write(page, page_of(report))
    _write(page.with_suffix(".json"), json.dumps(report.to_json(), indent=1))
    return report, page


def _write(path: Path, text: str) -> None:
    """Replace a file whole, so that who reads it meanwhile sees the old one or the new one."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
