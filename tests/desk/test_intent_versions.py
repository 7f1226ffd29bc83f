"""What an intent leads to may change; what it was, when, and by whom, stays known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api.review.intents import Facts, intent_at, save_intent
from api.store.tables import Intent
from tests.desk.office import Office


def versions(office: Office, name: str) -> list[tuple[Any, ...]]:
    answer = office.client.get(f"/v1/intents/{name}/versions", headers=office.person("admin").headers)
    assert answer.status_code == 200, answer.text
    return [(v["version"], v["target"], v["deleted"], v["by"]) for v in answer.json()["versions"]]


def test_an_intent_that_is_removed_and_made_anew_has_three_versions(office: Office) -> None:
    ada = office.person("admin", name="Ada Wren")
    intent = {"name": "zip_repair", "outcome": "article", "target": "zips"}
    assert office.client.post("/v1/intents", json=intent, headers=ada.headers).status_code == 201
    assert office.client.delete("/v1/intents/zip_repair", headers=ada.headers).status_code == 204
    again = {**intent, "target": "mend-a-zip"}
    assert office.client.post("/v1/intents", json=again, headers=ada.headers).status_code == 201
    assert versions(office, "zip_repair") == [
        (3, "mend-a-zip", False, "Ada Wren"),
        (2, "zips", True, "Ada Wren"),
        (1, "zips", False, "Ada Wren"),
    ]


def test_an_intent_keeps_what_it_was_set_up_as_before_its_first_change(office: Office) -> None:
    began = office.clock.now()
    office.write(lambda s: s.add(Intent(name="zip_repair", outcome="article", target="zips", created_at=began)))
    assert versions(office, "zip_repair") == [(1, "zips", False, None)]
    later = began + timedelta(days=3)
    changed = Facts("article", "mend-a-zip", 0.7)
    assert office.write(lambda s: save_intent(s, "zip_repair", changed, by="import", now=later))
    assert not office.write(lambda s: save_intent(s, "zip_repair", changed, by="import", now=later))
    assert versions(office, "zip_repair") == [(2, "mend-a-zip", False, "import"), (1, "zips", False, None)]

    def cut_off(days: float) -> Any:
        found = office.read(lambda s: intent_at(s, "zip_repair", began + timedelta(days=days)))
        return "none" if found is None else found.cut_off

    assert (cut_off(-1), cut_off(2), cut_off(3)) == ("none", None, 0.7)


def test_an_intent_that_never_was_has_no_versions(office: Office) -> None:
    answer = office.client.get("/v1/intents/none/versions", headers=office.person("admin").headers)
    assert answer.status_code == 404
