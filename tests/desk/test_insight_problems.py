"""Recurring problems: which rise, by a test one can do by hand; the report now and every week."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.company import load_company
from api.insight.problems import Asked as Said
from api.insight.problems import Topic, problems_of
from api.processes.places import ROOT, Places
from api.store.tables import DeskEvent, Job
from api.worker.jobs import Reporter, claim
from api.worker.problem_report import enqueue_report, report_problems
from api.worker.workshop import Workshop
from tests.desk.history import Asked, History
from tests.desk.office import Office

NOW = datetime(2026, 5, 5, 10, 0, tzinfo=UTC)  # a Tuesday
LATE, RETURN = Topic("article", "late", "Late"), Topic("article", "return", "Return")


@pytest.fixture
def database_url() -> str:
    """SQLite; `test_insight_everywhere.py` asks both databases."""
    return ""


@pytest.fixture
def history(office: Office) -> History:
    return History(office.store, office.person(name="Bea").agent_id)


def said(topic: Topic, *weeks: int) -> list[Said]:
    return [
        Said(f"{topic.key}-{week}-{one}", f"m{week}{one}", week, topic, "where?", unhappy=one == 0)
        for week, count in enumerate(weeks)
        for one in range(count)
    ]


def test_the_last_week_is_compared_with_all_before_it_by_a_binomial_test() -> None:
    late, usual = problems_of([*said(LATE, 0, 0, 4), *said(RETURN, 2, 2, 2)], [10, 10, 10], {"late-2-1"})
    assert (late.topic, late.rising, late.weeks, late.factor) == (LATE, True, (0, 0, 4), None)
    assert late.chance == pytest.approx((1 / 3) ** 4)  # all four fell into the one of three weeks
    assert (late.handed_over, late.unhappy) == (1, 1)
    assert (usual.rising, usual.usual, usual.factor) == (False, 2.0, 1.0)
    assert usual.chance == pytest.approx(1 - (2 / 3) ** 6 - 6 * (1 / 3) * (2 / 3) ** 5)


def test_a_week_with_more_of_everything_raises_no_alarm() -> None:
    [one] = problems_of(said(LATE, 2, 2, 8), [10, 10, 40], set())
    assert (one.rising, one.usual) == (False, 8.0)


def test_few_conversations_are_no_rise_yet() -> None:
    [one] = problems_of(said(LATE, 0, 0, 2), [100, 100, 10], set())
    assert not one.rising


@pytest.fixture
def weeks(history: History) -> History:
    """Three weeks up to Sunday the third of May: late parcels rise, zips nobody answers, everything else as ever."""
    for week, late in enumerate((1, 1, 7)):
        day = datetime(2026, 4, 15, 9, tzinfo=UTC) + timedelta(days=7 * week)
        for number in range(late):
            history.chat(
                day, Asked("Ann Webb here, it is late", article="late"), customer_name="Ann Webb", stars=number % 5 + 1
            )
        for _ in range(4):
            history.chat(day, Asked("send it back", article="return"))
        history.chat(day, Asked("mend my zip", outcome="fallback"))
    return history


def fetch(office: Office, path: str) -> Any:
    answer = office.client.get(f"/v1/insight/problems{path}", headers=office.person("admin").headers)
    assert answer.status_code == 200, answer.text
    return answer


def test_topics_are_articles_intents_or_what_means_the_same(office: Office, weeks: History) -> None:
    seen = fetch(office, "?last=2026-05-03&weeks=3").json()
    assert seen["totals"] == [6, 6, 12]
    rows = [(one["kind"], one["title"], one["weeks"], one["rising"]) for one in seen["problems"]]
    assert rows == [
        ("article", "Late", [1, 1, 7], False),
        ("article", "Return", [4, 4, 4], False),
        ("meaning", "mend my zip", [1, 1, 1], False),
    ]  # 7 of 9 where half is expected: one in eleven, no alarm
    assert seen["problems"][0]["chance"] == pytest.approx((36 + 9 + 1) / 512)
    assert seen["problems"][0]["examples"] == ["[name] [name] here, it is late"]
    assert "<svg" in fetch(office, seen["problems"][0]["plot"].removeprefix("/v1/insight/problems")).text


def test_the_report_is_a_page_that_stands_alone_and_a_table(office: Office, weeks: History) -> None:
    page = fetch(office, "/report.html?last=2026-05-03&weeks=3")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "Tarnwick: recurring problems, week to 3 May" in page.text
    assert "[name] [name] here" in page.text
    assert "Ann" not in page.text
    table = fetch(office, "/report.csv?last=2026-05-03&weeks=3").content.decode("utf-8-sig")
    [late, *_] = list(csv.DictReader(io.StringIO(table)))
    assert [late[name] for name in ("topic", "last_week", "usual_week", "week_of_2026-04-27")] == [
        "Late",
        "7",
        "2.0",
        "7",
    ]


def test_the_worker_writes_it_once_a_week_lists_it_and_tells_of_it(office: Office, weeks: History) -> None:
    shop = Workshop(office.settings, Places(root=ROOT, var=office.settings.var_dir), office.store, office.clock)
    company = load_company(shop.data_dir / "company.yml")
    assert office.write(lambda s: enqueue_report(s, company, NOW - timedelta(days=365))) is None  # nobody wrote then
    job_id = office.write(lambda s: enqueue_report(s, company, NOW))
    work = office.write(lambda s: claim(s, "w", now=NOW))
    assert work is not None
    assert (work.job_id, work.kind, work.arguments) == (job_id, "problems", {"last": "2026-05-03"})
    report_problems(shop, work, Reporter(office.store, office.clock, work.job_id))
    assert office.read(lambda s: s.get_one(Job, job_id)).state == "done"
    assert office.write(lambda s: enqueue_report(s, company, NOW + timedelta(days=5))) is None
    [written] = fetch(office, "").json()["reports"]
    assert written["last"] == "2026-05-03"
    for kind in ("html", "csv"):
        assert "Late" in fetch(office, written[kind].removeprefix("/v1/insight/problems")).text
    [told] = office.read(lambda s: s.query(DeskEvent).filter(DeskEvent.kind == "report").all())
    assert told.payload == {
        "name": "problems",
        "last": "2026-05-03",
        "rising": 0,
        "html": written["html"],
        "csv": written["csv"],
    }
    missing = office.client.get("/v1/insight/problems/reports/2026-01-04.html", headers=office.person("admin").headers)
    assert missing.status_code == 404
