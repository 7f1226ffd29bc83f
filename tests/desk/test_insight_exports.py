"""Exports: everything, masked, streamed, noted, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.insight import export
from api.insight.spreadsheet import csv_lines, safe_cell
from api.store.tables import Audit
from tests.desk.history import Agent, Asked, Called, History
from tests.desk.office import Office

NOW = datetime(2026, 5, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def database_url() -> str:
    """SQLite; `test_insight_everywhere.py` asks both databases."""
    return ""


@pytest.fixture
def history(office: Office) -> History:
    return History(office.store, office.person(name="Bea").agent_id)


def fetch(office: Office, name: str, query: str = "") -> str:
    answer = office.client.get(f"/v1/insight/exports/{name}{query}", headers=office.person("admin").headers)
    assert answer.status_code == 200, answer.text
    return answer.content.decode("utf-8-sig")


def table(office: Office, name: str, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(fetch(office, name, query))))


def records(office: Office, query: str = "") -> list[dict[str, Any]]:
    return [json.loads(line) for line in fetch(office, "conversations.jsonl", query).splitlines()]


def one_of_each(history: History) -> tuple[str, str]:
    asked = Asked("I am Ann Webb, ann@webb.example, where is it", article="parcel", helpful=False)
    talk = (Asked("a person!", outcome=None, frustration=0.8), Called("anger"), Agent("Hello Ann."))
    first = history.chat(
        NOW - timedelta(days=2),
        asked,
        *talk,
        customer_name="Ann Webb",
        customer_email="ann@webb.example",
        stars=4,
        rating_words="ask Ann",
    )
    return first, history.chat(NOW - timedelta(days=1), Asked("thanks", article="returns"), closed=True)


def test_f14_no_cell_is_a_formula() -> None:
    for text in ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1+1"):
        assert safe_cell(text) == f"'{text}"
    assert [safe_cell(value) for value in ("a=b", 'say "hi"', -2.5, None, True)] == ["a=b", 'say "hi"', -2.5, "", "yes"]
    assert csv_lines([["=1", 'a "b", c\nd', -1]]) == '"\'=1","a ""b"", c\nd",-1\r\n'


def test_f14_what_customers_write_is_no_formula_in_an_export(office: Office, history: History) -> None:
    history.chat(
        NOW - timedelta(days=1),
        Asked("=HYPERLINK(1)", article="parcel"),
        rating_words="@SUM(A1)",
        stars=1,
        customer_name="+Ann",
    )
    [message, _] = table(office, "messages.csv")
    assert message["text"] == "'=HYPERLINK(1)"
    [row] = table(office, "conversations.csv", "?masked=false")
    assert (row["rating_words"], row["customer_name"]) == ("'@SUM(A1)", "'+Ann")


def test_a_conversation_is_one_line_of_a_table_with_what_the_dashboard_made_of_it(
    office: Office, history: History
) -> None:
    first, second = one_of_each(history)
    rows = table(office, "conversations.csv")
    assert [row["conversation_id"] for row in rows] == [first, second]
    kinds = (
        "ending",
        "stars",
        "customer_lines",
        "bot_lines",
        "agent_lines",
        "reasons",
        "waited_s",
        "handled_s",
        "frustration_most",
    )
    assert [rows[0][kind] for kind in kinds] == ["with_people", "4", "2", "1", "1", "anger", "60.0", "600.0", "0.8"]
    assert (rows[1]["ending"], rows[1]["owner"]) == ("solved", "closed")
    assert rows[1]["transcript"].splitlines() == ["customer: thanks", "bot: What “Returns” says."]
    messages = table(office, "messages.csv")
    assert [(row["sender"], row["article_id"], row["helpful"]) for row in messages[:3]] == [
        ("customer", "parcel", "no"), ("bot", "", ""), ("customer", "", ""),
    ]  # fmt: skip


def test_everything_is_there_as_json_lines(office: Office, history: History) -> None:
    one_of_each(history)
    whole, _ = records(office, "?masked=false")
    assert (whole["customer_email"], whole["rating_words"]) == ("ann@webb.example", "ask Ann")
    asked = whole["messages"][0]
    assert asked["text"] == "I am Ann Webb, ann@webb.example, where is it"
    assert (asked["turns"][0]["intent"], asked["turns"][0]["model_version"]) == ("ask", "m1")
    [found] = asked["suggestion_sets"]
    assert (found["kb_version"], found["suggestions"][0]["feedback"][0]["helpful"]) == ("kb1", False)
    assert whole["hand_offs"][0]["reason_codes"] == ["anger"]
    assert whole["messages"][-1]["agent"] == "Bea"
    assert "hash" not in json.dumps(whole)


def test_personal_data_is_masked_unless_asked_otherwise_and_either_is_noted(office: Office, history: History) -> None:
    one_of_each(history)
    text = fetch(office, "conversations.jsonl") + fetch(office, "conversations.csv") + fetch(office, "messages.csv")
    assert "Ann" not in text
    assert "webb" not in text.lower()
    assert "I am [name] [name], [e-mail], where is it" in text
    fetch(office, "messages.csv", "?masked=false&owner=closed")
    deeds = office.read(
        lambda s: [row.details for row in s.query(Audit).filter(Audit.action == "export").order_by(Audit.id)]
    )
    assert [(one["form"], one["masked"], one["owner"]) for one in deeds] == [
        ("jsonl", True, None), ("conversations", True, None), ("messages", True, None), ("messages", False, "closed"),
    ]  # fmt: skip


def test_filters_and_pages_lose_nothing(office: Office, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 1)
    first, second = one_of_each(history)
    assert [row["id"] for row in records(office)] == [first, second]
    assert [row["id"] for row in records(office, "?reason=anger")] == [first]
    assert [row["id"] for row in records(office, "?owner=closed")] == [second]
    assert records(office, "?first=2026-05-05&last=2026-05-05") == []
    agent = office.person().headers
    assert office.client.get("/v1/insight/exports/conversations.jsonl", headers=agent).status_code == 403
