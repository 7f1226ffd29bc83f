"""A labelled question may change, be taken out and come back; what it was, when, and by whom, stays known."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.review.questions import questions_at, relearnt_since, remove_question, save_question
from api.store.tables import Audit, Job, LabelledQuestion
from tests.desk.office import Office, Person

ROAD = "/v1/labelled-questions"


def question(text: str = "mend my zip", article: str = "zips", *, at: datetime, **more: Any) -> LabelledQuestion:
    words = {"id": "q-1", "kb": "main", "history": [], "tags": [], "split": "taught", **more}
    return LabelledQuestion(text=text, article_ids=[article], created_at=at, **words)


def said(office: Office, person: Person, method: str, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = office.client.request(method, f"{ROAD}{path}", headers=person.headers, **({"json": body} if body else {}))
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.fixture
def ada(office: Office) -> Person:
    """An administrator of a shop with one article and one question that search has learnt."""
    office.article("zips")
    office.write(lambda s: s.add(question(at=office.clock.now())))
    office.write(lambda s: s.query(Job).delete())
    return office.person("admin", name="Ada Wren")


def history(told: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(one["version"], one["text"], one["deleted"], one["by"]) for one in told["versions"]]


def indexes(office: Office) -> int:
    return len(office.read(lambda s: s.scalars(select(Job).where(Job.kind == "index")).all()))


def test_what_was_taken_out_comes_back_from_its_history(office: Office, ada: Person) -> None:
    assert history(said(office, ada, "GET", "/q-1/versions")) == [(1, "mend my zip", False, None)]
    gone = said(office, ada, "DELETE", "/q-1")
    assert (gone["stands"], history(gone)[0]) == (False, (2, "mend my zip", True, "Ada Wren"))
    assert said(office, ada, "GET", "")["questions"] == []
    [listed] = said(office, ada, "GET", "?taken_out=true&split=taught&q=ZIP")["questions"]
    assert (listed["question_id"], listed["gone_by"], listed["article_ids"]) == ("q-1", "Ada Wren", ["zips"])
    assert indexes(office) == 1
    refused = said(office, ada, "POST", "/q-1/restore", 409, version=2)
    assert refused["error"]["code"] == "version_is_a_removal"
    back = said(office, ada, "POST", "/q-1/restore", version=1)
    assert (back["stands"], [one[0] for one in history(back)]) == (True, [3, 2, 1])
    assert said(office, ada, "GET", "?taken_out=true")["questions"] == []
    assert [one["text"] for one in said(office, ada, "GET", "")["questions"]] == ["mend my zip"]
    deeds = office.read(lambda s: s.scalars(select(Audit.action).where(Audit.subject == "q-1")).all())
    assert deeds == ["remove_question", "restore_question"]


def test_an_earlier_wording_counts_again_and_doing_it_twice_changes_nothing(office: Office, ada: Person) -> None:
    later = office.clock.now() + timedelta(days=1)
    changed = question("sew my zip", at=later, split="test")
    assert office.write(lambda s: save_question(s, changed, by="import", now=later))
    for _ in range(2):
        back = said(office, ada, "POST", "/q-1/restore", version=1)
        assert [one[:2] for one in history(back)] == [(3, "mend my zip"), (2, "sew my zip"), (1, "mend my zip")]
    assert indexes(office) == 1


def test_a_day_is_looked_at_as_it_was(office: Office, ada: Person) -> None:
    began = office.clock.now()
    days = [began + timedelta(days=n) for n in range(5)]
    office.write(lambda s: save_question(s, question("sew my zip", at=days[1]), by="import", now=days[1]))
    office.write(
        lambda s: remove_question(s, s.get_one(LabelledQuestion, "q-1"), by=f"agent:{ada.agent_id}", now=days[3])
    )

    def texts(at: datetime) -> list[str]:
        return [one.text for one in office.read(lambda s: questions_at(s, "main", at))]

    assert [texts(day) for day in (began - timedelta(days=1), *days[:4])] == [
        [],
        ["mend my zip"],
        ["sew my zip"],
        ["sew my zip"],
        [],
    ]
    [forgot] = office.read(lambda s: relearnt_since(s, "main", ["zips"], days[2]))
    assert (forgot.text, forgot.taught, forgot.at, forgot.by) == ("sew my zip", False, days[3], f"agent:{ada.agent_id}")
    assert office.read(lambda s: relearnt_since(s, "main", ["other"], days[2])) == []
    assert office.read(lambda s: relearnt_since(s, "main", ["zips"], days[4])) == []


def test_only_administrators_and_only_what_there_is(office: Office, ada: Person) -> None:
    agent = office.person()
    for method, path in (("GET", ""), ("GET", "/q-1/versions"), ("DELETE", "/q-1"), ("POST", "/q-1/restore")):
        said(office, agent, method, path, 403, **({"version": 1} if method == "POST" else {}))
    for method, path in (("GET", "/none/versions"), ("DELETE", "/none"), ("POST", "/q-1/restore")):
        said(office, ada, method, path, 404, **({"version": 9} if method == "POST" else {}))
