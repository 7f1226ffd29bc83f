"""Knowledge gaps with agents' answers; what a draft would answer by replay, and what it did answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.processes.places import ROOT, Places
from api.store.tables import Audit, Intent, Job
from api.suggestions.sets import Question
from api.worker.jobs import Reporter, claim
from api.worker.payoff import predict_payoff, replay
from api.worker.workshop import Workshop
from kb_index.build import build
from kb_index.storage import publish
from tests.desk.history import Agent, Asked, Called, History
from tests.desk.office import Office
from tests.kb_index.shelf import ARTICLES, FakeEncoder, split_at_full_stops

NOW = datetime(2026, 5, 5, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def database_url() -> str:
    """SQLite; `test_insight_everywhere.py` asks both databases."""
    return ""


@pytest.fixture
def history(office: Office) -> History:
    office.write(lambda s: s.add(Intent(name="ask", outcome="search", created_at=NOW)))
    return History(office.store, office.person(name="Bea").agent_id)


def call(office: Office, method: str, path: str, **options: Any) -> Any:
    return office.client.request(method, path, headers=office.person("admin").headers, **options)


def test_gaps_lie_together_with_what_agents_really_answered(office: Office, history: History) -> None:
    talk = (Asked("mend my zip please", outcome="fallback"), Called(), Agent("Hello Ann, yes, for £15."))
    history.chat(NOW - 3 * DAY, *talk, customer_name="Ann Webb")
    history.chat(NOW - 2 * DAY, Asked("mend my zip", outcome="fallback", frustration=0.5))
    history.chat(NOW - 2 * DAY, Asked("sing a song", outcome="fallback"))
    history.chat(NOW - 2 * DAY, Asked("where is it", article="parcel"))
    history.chat(NOW - 40 * DAY, Asked("mend my zip", outcome="fallback"))
    zips, song = call(office, "GET", "/v1/insight/gaps").json()["gaps"]
    assert (zips["conversations"], zips["frustration"], len(zips["messages"])) == (2, 0.5, 2)
    assert [one["text"] for one in zips["answers"]] == ["Hello [name], yes, for £15."]
    assert (song["says"], song["answers"], song["draft_id"]) == ("sing a song", [], None)
    ids = [one["message_id"] for one in zips["messages"]]
    call(office, "POST", "/v1/labels/bulk", json={"message_ids": ids, "verdict": "missing"})
    again = call(office, "GET", "/v1/insight/gaps").json()["gaps"][0]
    assert again["draft_id"] == "mend-my-zip-please"
    call(office, "POST", "/v1/labels", json={"message_id": song["messages"][0]["message_id"], "verdict": "not_for_us"})
    assert len(call(office, "GET", "/v1/insight/gaps").json()["gaps"]) == 1


class Sure:
    """An index that is sure of the article whose word a question has."""

    def __init__(self, **articles: str) -> None:
        self.articles = articles

    def suggest(self, question: str, **_: Any) -> Any:
        found = next((article for word, article in self.articles.items() if word in question), None)
        one = type("Suggestion", (), {"article_id": found})
        return type("Finding", (), {"decision": "answer" if found else "none", "suggestions": [one] if found else []})


def test_replay_counts_what_is_gained_what_is_taken_from_others_and_leaves_its_own_questions_out() -> None:
    asked = [Question(text, "main", message_id=text) for text in ("mend my zip", "a zip broke", "zip parcel", "parcel")]
    draft: Any = type("Draft", (), {"article_id": "zips", "questions": ["Mend my  ZIP"]})
    with_draft: Any = Sure(zip="zips", parcel="parcels")
    found = replay(asked, with_draft, Sure(parcel="parcels"), draft)  # type: ignore[arg-type]
    assert [one.text for one in found.gained] == ["a zip broke"]
    assert [one.text for one in found.stolen] == ["zip parcel"]
    assert found.own == 1


def test_the_worker_asks_the_index_with_the_draft_in_it(office: Office, history: History, tmp_path: Path) -> None:
    places = Places(root=ROOT, var=tmp_path / "var")
    shop = Workshop(office.settings, places, office.store, office.clock)
    shop.__dict__["encoder"] = FakeEncoder()
    version = build(ARTICLES, places.index, encoder=FakeEncoder(), split=split_at_full_stops)  # type: ignore[arg-type]
    publish(places.index, "main", version)
    draft = {
        "title": "Coffee",
        "body": "Coffee is served in the shop.",
        "questions": ["is there coffee"],
        "draft": True,
    }
    assert call(office, "PUT", "/v1/articles/coffee", json=draft).status_code == 200
    for text in ("is there coffee", "where do I get coffee in the shop", "is coffee served in the shop"):
        history.chat(NOW - DAY, Asked(text, outcome="fallback"))
    queued = call(office, "POST", "/v1/insight/payoffs", json={"article_id": "coffee", "days": 7})
    assert queued.status_code == 202
    work = office.write(lambda s: claim(s, "w", now=NOW))
    assert work is not None
    predict_payoff(shop, work, Reporter(office.store, office.clock, work.job_id), split_at_full_stops)
    [shown] = call(office, "GET", "/v1/insight/payoffs").json()["payoffs"]
    assert (shown["state"], shown["title"], shown["predicted"]["questions"]) == ("done", "Coffee", 3)
    counted = shown["predicted"]["gained"] + shown["predicted"]["own"]
    assert 1 <= counted <= 3
    assert (shown["predicted"]["stolen"], shown["real"]) == (0, None)
    missing = call(office, "POST", "/v1/insight/payoffs", json={"article_id": "none"})
    assert missing.status_code == 404


def test_two_weeks_after_publishing_the_prediction_meets_what_happened(office: Office, history: History) -> None:
    office.article("zips")
    predicted = {"first": "2026-04-01", "last": "2026-04-07", "days": 7, "questions": 90, "gained": 14,
                 "gained_conversations": 12, "stolen": 1, "own": 2, "cut_off": 0.6}  # fmt: skip
    job = Job(
        kind="payoff",
        state="done",
        arguments={"kb": "main", "article_id": "zips", "days": 7},
        outcome=predicted,
        created_at=NOW - 20 * DAY,
    )
    published = NOW - 10 * DAY
    deed = Audit(
        at=published,
        actor="cli",
        action="publish_article",
        subject="zips",
        details={"kb": "main", "version": 1},
        previous_hash="",
        hash="",
    )
    office.write(lambda s: s.add_all([job, deed]))
    history.chat(published - DAY, Asked("mend my zip", article="zips"))
    for helpful in (True, False, None):
        history.chat(published + DAY, Asked("mend my zip", article="zips", helpful=helpful))
    [shown] = call(office, "GET", "/v1/insight/payoffs").json()["payoffs"]
    real = shown["real"]
    assert (real["answered"], real["rejected"], real["settled"]) == (3, 1, False)
    assert (real["days"], real["predicted"]) == (pytest.approx(10), pytest.approx(20))  # two a day
    office.clock.advance(10 * 86_400)
    [later] = call(office, "GET", "/v1/insight/payoffs").json()["payoffs"]
    assert (later["real"]["settled"], later["real"]["days"]) == (True, 14)
