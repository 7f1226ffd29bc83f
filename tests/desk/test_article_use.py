"""Articles that nobody looks after, and that nobody needs."""

from __future__ import annotations

from api.articles.use import LEAST_QUESTIONS, STALE_DAYS, UNUSED_DAYS
from tests.desk.office import Office


def listed(office: Office, name: str) -> list[str]:
    rows = office.client.get("/v1/articles", headers=office.person("admin").headers).json()["articles"]
    return [row["article_id"] for row in rows if row[name]]


def test_an_article_is_unused_once_enough_questions_were_asked_and_none_needed_it(office: Office) -> None:
    for name in ("returns", "delivery"):
        office.article(name)
    office.clock.advance((UNUSED_DAYS + 1) * 86_400)
    office.article("new")
    guest = office.guest()
    assert listed(office, "unused") == []  # nobody has asked anything yet
    for _ in range(LEAST_QUESTIONS):
        office.found(guest, office.says(guest, "how long"), "delivery", "returns")
    assert listed(office, "unused") == ["returns"]
    assert listed(office, "stale") == []


def test_an_article_that_nobody_has_written_to_for_a_year_is_stale(office: Office) -> None:
    office.article("returns")
    office.article("delivery")
    office.clock.advance((STALE_DAYS + 2) * 86_400)
    office.article("delivery", body="Three days.")
    assert listed(office, "stale") == ["returns"]
