"""An index is promoted like a model: a worse one does not serve, and the earlier one is a rename away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from api.store.tables import Article, ArticleVersion, Audit, KnowledgeBase
from api.store.tables import LabelledQuestion as Row
from api.worker.index import index
from api.worker.jobs import JobFailed, Reporter, Work, enqueue
from api.worker.versions import NoSuchVersion, roll_back_index, serve_version, versions_of_index
from tests.kb_index.shelf import FakeEncoder

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = ("boots", "coffee", "norway", "parcel", "refund", "return")  # each an axis of the encoder
BODIES = {name: f"All about {name} and nothing else." for name in NAMES}


@pytest.fixture
def shelf(shop):
    shop.__dict__["encoder"] = FakeEncoder()

    def add(session) -> None:
        session.add(KnowledgeBase(slug="main", created_at=NOW))
        session.flush()
        for name, body in BODIES.items():
            session.add(Article(kb="main", article_id=name, version=1, created_at=NOW))
            session.add(ArticleVersion(kb="main", article_id=name, version=1, title=name, body=body, created_at=NOW))
            session.add(Row(kb="main", text=f"tell me of {name}", article_ids=[name], split="test", created_at=NOW))

    shop.store.write_sync(add)
    return shop


def build(shop, **arguments: object) -> str:
    wanted = {"kb": "main", **arguments}
    job_id = shop.store.write_sync(lambda s: enqueue(s, "index", wanted, requested_by="agent:a", now=NOW))
    return index(shop, Work(job_id, "index", wanted, "agent:a"), Reporter(shop.store, shop.clock, job_id))


def muddle(shop) -> None:
    """Say in every article what another one should."""

    def write(session) -> None:
        rows = session.scalars(select(ArticleVersion).order_by(ArticleVersion.article_id)).all()
        wordings = [(row.title, row.body) for row in rows]
        for row, (title, body) in zip(rows, [*wordings[1:], wordings[0]], strict=True):
            row.title, row.body = title, body

    shop.store.write_sync(write)


def test_an_index_that_answers_worse_does_not_serve_without_a_reason(shelf):
    first = build(shelf)
    muddle(shelf)
    with pytest.raises(JobFailed, match="6 labelled questions that were right are wrong now"):
        build(shelf)
    assert [(one.kb_version, one.serves) for one in versions_of_index(shelf, "main")] == [(first, True)]
    second = build(shelf, reason="the articles were renamed")
    assert second != first
    served = shelf.store.read_sync(
        lambda s: s.scalars(select(Audit).where(Audit.action == "serve_index").order_by(Audit.id)).all()
    )
    assert [(line.actor, line.subject) for line in served] == [("agent:a", first), ("agent:a", second)]
    assert served[1].details == {"kb": "main", "before": first, "reason": "the articles were renamed"}


def test_the_way_back_and_forth_again(shelf):
    first = build(shelf)
    norway = ("main", "norway", 1)
    shelf.store.write_sync(lambda s: setattr(s.get_one(ArticleVersion, norway), "body", "All about norway."))
    second = build(shelf)
    assert roll_back_index(shelf, "main", actor="cli") == first
    assert shelf.store.read_sync(lambda s: s.get_one(KnowledgeBase, "main").kb_version) == first
    assert roll_back_index(shelf, "main", actor="cli") == second
    deeds = shelf.store.read_sync(lambda s: [line.action for line in s.scalars(select(Audit).order_by(Audit.id))])
    assert deeds == ["serve_index", "serve_index", "roll_back_index", "roll_back_index"]


def test_there_is_no_way_back_from_the_first(shelf):
    build(shelf)
    with pytest.raises(NoSuchVersion, match="No earlier index"):
        roll_back_index(shelf, "main", actor="cli")
    with pytest.raises(NoSuchVersion, match="cannot serve"):
        serve_version(shelf, "main", "0123456789abcdef", actor="cli", deed="serve_index")
