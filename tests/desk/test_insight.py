"""The dashboard: every figure worked out by hand, and the conversations behind each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.desk.history import Agent, Asked, Called, History
from tests.desk.office import Office

NOW = datetime(2026, 5, 5, 10, 0, tzinfo=UTC)  # as the office's clock
A_WEEK_AGO, TWO_WEEKS_AGO = NOW - timedelta(days=9), NOW - timedelta(days=16)


@pytest.fixture
def database_url() -> str:
    """SQLite: what is counted here is counted by us; `test_insight_everywhere.py` asks both databases."""
    return ""


@pytest.fixture
def history(office: Office) -> History:
    return History(office.store, office.person(name="Bea").agent_id)


def look(office: Office, query: str = "") -> dict[str, Any]:
    answer = office.client.get(f"/v1/insight{query}", headers=office.person("admin").headers)
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


def counts(office: Office, *names: str, query: str = "") -> list[int]:
    figures = look(office, query)["figures"]
    return [figures[name]["count"] for name in names]


def behind(office: Office, figure: str, query: str = "") -> list[dict[str, Any]]:
    headers = office.person("admin").headers
    answer = office.client.get(f"/v1/insight/conversations?figure={figure}{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] >= len(answer.json()["rows"])
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return rows


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["conversation"]["conversation_id"] for row in rows]


def test_every_conversation_has_one_of_five_endings(office: Office, history: History) -> None:
    answered = Asked("where is it", article="parcel")
    solved = history.chat(A_WEEK_AGO, answered)
    history.chat(A_WEEK_AGO, answered, Called())
    unsure = history.chat(A_WEEK_AGO, answered, Asked("and what now", outcome="fallback"))
    rejected = history.chat(A_WEEK_AGO, Asked("where is it", article="parcel", helpful=False))
    poor = history.chat(A_WEEK_AGO, answered, stars=2)
    history.chat(A_WEEK_AGO, Asked("hello", outcome="response"))
    history.chat(NOW - timedelta(hours=2), answered)
    history.chat(NOW - timedelta(days=40), answered)  # before the period
    names = ("conversations", "solved", "with_people", "unsolved", "no_question", "open")
    assert counts(office, *names) == [7, 1, 1, 3, 1, 1]
    assert ids(behind(office, "solved")) == [solved]
    assert sorted(ids(behind(office, "unsolved"))) == sorted([unsure, rejected, poor])
    figure = look(office)["figures"]["solved"]
    assert (figure["of"], figure["share"], figure["count_before"]) == (7, pytest.approx(1 / 7), 1)
    assert (figure["low"], figure["high"]) == (pytest.approx(0.0257, abs=1e-4), pytest.approx(0.5131, abs=1e-4))


def test_solved_holds_when_the_customer_stays_away_for_seven_days(office: Office, history: History) -> None:
    answered, day = Asked("where is it", article="parcel"), 86_400.0
    held = history.chat(TWO_WEEKS_AGO, answered)
    here = history.chat(TWO_WEEKS_AGO, answered, Asked("it is late", article="parcel", pause=3 * day))
    elsewhere = history.chat(TWO_WEEKS_AGO, answered, customer_email="Ann@webb.example")
    again = history.chat(TWO_WEEKS_AGO + timedelta(days=5), answered, customer_email="ann@webb.example")
    much_later = history.chat(
        TWO_WEEKS_AGO, answered, Asked("thanks", outcome="answer", article="parcel", pause=8 * day)
    )
    early = history.chat(NOW - timedelta(days=3), answered)
    names = ("solved", "solved_settled", "solved_held", "solved_came_back", "known", "returning")
    assert counts(office, *names) == [6, 5, 3, 2, 2, 1]
    assert sorted(ids(behind(office, "solved_held"))) == sorted([held, again, much_later])
    assert sorted(ids(behind(office, "solved_came_back"))) == sorted([here, elsewhere])
    assert early not in ids(behind(office, "solved_settled"))
    assert ids(behind(office, "returning")) == [again]


def test_answers_are_right_wrong_or_unknown_and_an_agents_word_counts_more(office: Office, history: History) -> None:
    for helpful, correct in (
        (True, None),
        (True, None),
        (True, "wrong"),
        (False, None),
        (False, "fully"),
        (None, None),
    ):
        history.chat(A_WEEK_AGO, Asked("where is it", article="parcel", helpful=helpful, correct=correct))
    seen = look(office)
    names = ("answers", "answers_right", "answers_wrong", "answers_unknown")
    assert [seen["figures"][name]["count"] for name in names] == [6, 3, 2, 1]
    assert seen["figures"]["answers_right"]["share"] == pytest.approx(3 / 5)
    assert seen["figures"]["answers_right"]["low"] == pytest.approx(0.2307, abs=1e-4)
    assert (seen["promise"]["judged"], seen["promise"]["wrong"], seen["promise"]["kept"]) == (5, 2, False)
    [row, _] = behind(office, "answers_wrong")
    assert row["text"] == "where is it"


def test_service_is_measured_from_the_call_to_the_person(office: Office, history: History) -> None:
    for waited, stayed in ((30, 300), (60, 600), (900, 1200)):
        history.chat(
            A_WEEK_AGO, Asked("a person", outcome=None), Called(waited=waited, stayed=stayed), Agent("Hello.", 20)
        )
    history.chat(A_WEEK_AGO, Asked("a person", outcome=None), Called("anger", waited=None), stars=1)
    history.chat(A_WEEK_AGO, Asked("where is it", article="parcel"), stars=5)
    seen = look(office)
    figures = seen["figures"]
    assert (figures["waits"]["median"], figures["waits"]["nine_of_ten"]) == (60, 900)
    assert (figures["person_reply"]["median"], figures["handled"]["median"]) == (80, 600)
    assert (figures["first_reply"]["count"], figures["first_reply"]["median"]) == (4, 50)
    assert (figures["left"]["count"], figures["left"]["median"]) == (1, 90)
    assert [(one["name"], one["words"], one["count"]) for one in seen["reasons"]] == [
        ("reason:request_person", "Asked for a person", 3),
        ("reason:anger", "Frustrated", 1),
    ]
    stars = {name: (figures[name]["count"], figures[name]["mean"]) for name in ("rated", "rated_bot", "rated_people")}
    assert stars == {"rated": (2, 3.0), "rated_bot": (1, 5.0), "rated_people": (1, 1.0)}
    assert [row["value"] for row in behind(office, "waits")] == [900, 60, 30]
    assert len(behind(office, "reason:anger")) == 1


def test_unhappy_customers_are_turned_round_or_not(office: Office, history: History) -> None:
    moods = {
        "calm": (0.1, 0.2),
        "turned": (0.9, 0.2),
        "rose": (0.1, 0.7),
        "both": (0.8, 0.9),
        "between": (0.1, 0.7, 0.2),
    }
    chats = {
        name: history.chat(A_WEEK_AGO, *(Asked("so?", article="parcel", frustration=score) for score in scores))
        for name, scores in moods.items()
    }
    names = ("understood", "began_unhappy", "ended_unhappy", "unhappy", "turned_round", "made_unhappy")
    assert counts(office, *names) == [5, 2, 2, 4, 2, 1]
    assert sorted(ids(behind(office, "turned_round"))) == sorted([chats["turned"], chats["between"]])
    assert ids(behind(office, "made_unhappy")) == [chats["rose"]]


def test_suggestions_used_and_articles_by_what_became_of_them(office: Office, history: History) -> None:
    history.chat(A_WEEK_AGO, Asked("where is it", article="parcel", helpful=True))
    history.chat(A_WEEK_AGO, Asked("where is it", article="parcel", helpful=False), Called("anger"))
    history.chat(A_WEEK_AGO, Asked("a refund", article="refund"), Called())
    aided = (Asked("a refund", outcome=None, article="refund", sent=""), Agent("What it says."))
    history.chat(A_WEEK_AGO, Asked("a person", outcome=None), Called(), *aided)
    edited = (Asked("a refund", outcome=None, article="refund", sent="In my words."), Agent("In my words."))
    history.chat(A_WEEK_AGO, Asked("a person", outcome=None), Called(), *edited)
    assert counts(office, "offered", "used", "used_as_is") == [2, 2, 1]
    kinds = ("article_id", "shown", "helpful", "rejected", "hand_off", "sent")
    assert [[one[kind] for kind in kinds] for one in look(office)["articles"]] == [
        ["parcel", 2, 1, 1, 1, 0],
        ["refund", 1, 0, 0, 1, 2],
    ]
    for kind, count in (("shown", 2), ("helpful", 1), ("hand_off", 1), ("sent", 0)):
        assert len(behind(office, f"article:{kind}:parcel")) == count


def test_a_period_is_whole_days_where_the_company_is_and_falls_into_days_or_weeks(
    office: Office, history: History
) -> None:
    answered = Asked("where is it", article="parcel")
    history.chat(datetime(2026, 3, 31, 22, 59, tzinfo=UTC), answered)  # 23:59 in London
    history.chat(datetime(2026, 3, 31, 23, 0, tzinfo=UTC), answered)  # the first of April there
    april = "?first=2026-04-01&last=2026-04-14"
    assert counts(office, "conversations", query=april) == [1]
    [trend] = [one for one in look(office, april)["trends"] if one["name"] == "conversations"]
    assert (len(trend["points"]), [point["count"] for point in trend["points"]][:2]) == (14, [1, 0])
    assert trend["says"] == "Conversations: 1 on 1 Apr, 0 on 14 Apr; between 0 and 1."
    spring = look(office, "?first=2026-03-01&last=2026-04-30")["trends"][0]["points"]
    assert (len(spring), spring[4]["count"], spring[-1]["first"]) == (9, 2, "2026-04-26")


def test_plots_are_pictures_that_run_nothing_and_say_what_they_show(office: Office, history: History) -> None:
    history.chat(A_WEEK_AGO, Asked("where is it", article="parcel"))
    headers = office.person("admin").headers
    for trend in look(office)["trends"]:
        picture = office.client.get(trend["url"], headers=headers)
        assert picture.headers["content-type"] == "image/svg+xml"
        assert "script" not in picture.headers["content-security-policy"]
        assert f"<title>{trend['says']}</title>" in picture.text
    assert office.client.get("/v1/insight/plots/other.svg", headers=headers).status_code == 404


def test_lists_are_masked_and_turned_page_by_page(office: Office, history: History) -> None:
    for number in range(51):
        asked = Asked(f"{number}: I am Ann Webb, ann@webb.example", article="parcel")
        history.chat(A_WEEK_AGO + timedelta(minutes=number), asked, customer_name="Ann Webb")
    first = behind(office, "answers")
    assert first[0]["text"] == "50: I am [name] [name], [e-mail]"
    [last] = behind(office, "answers", "&after=50")
    assert last["text"].startswith("0: ")


@pytest.mark.parametrize(
    ("query", "status"),
    [("?first=2026-05-02&last=2026-05-01", 422), ("?first=2020-01-01", 422), ("?days=0", 422), ("?days=400", 422)],
)
def test_a_period_that_cannot_be_is_refused(office: Office, query: str, status: int) -> None:
    answer = office.client.get(f"/v1/insight{query}", headers=office.person("admin").headers)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("figure", ["nothing", "reason:", "article:shown:none", "article:read:parcel"])
def test_an_unknown_figure_is_said_to_be_one(office: Office, figure: str) -> None:
    path = f"/v1/insight/conversations?figure={figure}"
    assert office.client.get(path, headers=office.person("admin").headers).status_code == 404


def test_agents_see_no_figures(office: Office) -> None:
    agent = office.person().headers
    for path in ("", "/conversations?figure=solved", "/plots/solved.svg"):
        assert office.client.get(f"/v1/insight{path}", headers=agent).status_code == 403
