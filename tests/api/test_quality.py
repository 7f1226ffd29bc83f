"""Which labelled questions the answer-quality report asks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.evaluation.quality import from_lines, labelled_questions
from api.store.tables import LabelledQuestion
from tests.running import RunningApi


@pytest.fixture
def asked(api: RunningApi) -> RunningApi:
    def write(session: object) -> None:
        for split in ("dev", "test", "taught"):
            row = LabelledQuestion(text=f"where is it, {split}", article_ids=["parcel"], split=split, created_at=NOW)
            session.add(row)  # type: ignore[attr-defined]

    api.store.write_sync(write)
    return api


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("split", "splits"), [("test", {"test"}), ("dev", {"dev"}), ("all", {"dev", "test"})])
def test_what_an_index_is_taught_is_never_measured(asked: RunningApi, split: str, splits: set[str]) -> None:
    found = asked.store.read_sync(lambda session: labelled_questions(session, "main", split))
    assert {question.question.rsplit(" ", 1)[1] for question in found} == splits
    assert {question.relevant for question in found} == {("parcel",)}


def test_lines_without_a_split_belong_to_every_one() -> None:
    lines = [
        {"query_id": "1", "query": "one", "relevant_docs": ["parcel"]},
        {"query_id": "2", "query": "two", "relevant_docs": [], "split": "dev"},
    ]
    assert [question.question for question in from_lines(lines, "test")] == ["one"]
    assert [question.question for question in from_lines(lines, "all")] == ["one", "two"]
