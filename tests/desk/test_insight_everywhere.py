"""Several weeks of conversations, looked at on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.desk.history import History
from tests.desk.office import Office
from tests.desk.several_weeks import write_several_weeks


def test_figures_of_several_weeks_are_whole_and_lead_to_their_conversations(office: Office) -> None:
    history = History(office.store, office.person(name="Bea").agent_id)
    written = write_several_weeks(history, office.clock.now(), weeks=3, a_day=4)
    headers = office.person("admin").headers
    seen = office.client.get("/v1/insight?days=21", headers=headers).json()
    figures = seen["figures"]
    endings = ("solved", "with_people", "unsolved", "no_question", "open")
    assert figures["conversations"]["count"] == written == sum(figures[name]["count"] for name in endings)
    assert sum(one["count"] for one in seen["reasons"]) == figures["hand_offs"]["count"]
    names = [*figures, *(one["name"] for one in seen["reasons"]), "article:shown:parcel-late"]
    for name in names:
        page = office.client.get(f"/v1/insight/conversations?days=21&figure={name}", headers=headers).json()
        assert len(page["rows"]) == min(page["count"], 50)
        if name in figures:
            assert page["count"] == figures[name]["count"]
    fetched = [office.client.get(f"/v1/insight/{path}", headers=headers) for path in (
        "gaps?days=21", "problems?weeks=3", "problems/report.csv?weeks=3", "payoffs",
        "exports/conversations.csv?days=21", "exports/messages.csv?days=21",
    )]  # fmt: skip
    assert [answer.status_code for answer in fetched] == [200] * 6
    assert len(fetched[0].json()["gaps"]) >= 3
    assert sum(fetched[1].json()["totals"]) >= written
