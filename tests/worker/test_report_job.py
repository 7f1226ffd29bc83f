"""The answer-quality report as a job."""

from __future__ import annotations

import json

import pytest

from api.store.tables import Job, LabelledQuestion
from api.worker.jobs import Reporter, claim, enqueue
from api.worker.service import do
from tests.kb_index.shelf import FakeEncoder, shelve


def measured(shop) -> Job:
    """Queue a report and do it."""
    shop.store.write_sync(lambda session: enqueue(session, "report", {"kb": "main"}, now=shop.clock.now()))
    work = shop.store.write_sync(lambda session: claim(session, "w", now=shop.clock.now()))
    do(shop, work, Reporter(shop.store, shop.clock, work.job_id), None)  # type: ignore[arg-type]
    return shop.store.read_sync(lambda session: session.get(Job, work.job_id))


def ask(shop, split: str) -> None:
    row = LabelledQuestion(text="parcel norway", article_ids=["norway"], split=split, created_at=shop.clock.now())
    shop.store.write_sync(lambda session: session.add(row))


@pytest.fixture
def indexed(shop, monkeypatch):
    shelve(shop.places.index)
    monkeypatch.setattr("api.evaluation.quality.Encoder.load", lambda _: FakeEncoder())
    return shop


@pytest.mark.parametrize("split", ["test", "dev"])
def test_a_report_is_written_where_administrators_read_it(indexed, split):
    ask(indexed, split)
    job = measured(indexed)
    written = json.loads((indexed.places.var / "reports" / "kb-main.json").read_text())
    assert (job.state, written["answerable"], written["figures"]["recall@1"]["value"]) == ("done", 1, 1.0)
    assert ("all are asked" in str(job.log)) == (split == "dev")


def test_without_an_index_the_job_says_so(shop, monkeypatch):
    monkeypatch.setattr("api.evaluation.quality.Encoder.load", lambda _: FakeEncoder())
    job = measured(shop)
    assert job.state == "failed"
    assert "Failed" in str(job.log)
