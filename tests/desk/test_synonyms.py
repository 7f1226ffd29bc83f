"""The list of synonyms: for administrators, in versions, and the index follows."""

from __future__ import annotations

import pytest

from api.store.tables import Job
from tests.desk.office import Office

WELLIES = {"said": "wellies", "means": "boots"}


def put(office: Office, *entries: dict[str, str], **more: object):
    headers = office.person("admin", name="Ada").headers
    return office.client.put("/v1/synonyms", json={"synonyms": list(entries), **more}, headers=headers)


@pytest.fixture(autouse=True)
def _knowledge_base(office: Office) -> None:
    office.article("delivery", "One.")


def test_every_wording_of_the_list_is_kept(office: Office) -> None:
    headers = office.person("admin").headers
    assert office.client.get("/v1/synonyms", headers=headers).json() == {"version": 0, "synonyms": [], "versions": []}
    assert put(office, WELLIES, version=0).json()["version"] == 1
    shown = put(office, WELLIES, {"said": " rain  coat ", "means": "jacket"}, version=1).json()
    assert (shown["version"], shown["synonyms"][1]) == (2, {"said": "rain coat", "means": "jacket"})
    assert [(one["version"], len(one["synonyms"])) for one in shown["versions"]] == [(2, 2), (1, 1)]
    assert {one["by"] for one in shown["versions"]} == {"Ada"}
    assert office.client.get("/v1/synonyms", headers=headers).json() == shown


def test_a_change_asks_for_a_new_index(office: Office) -> None:
    office.write(lambda session: session.query(Job).delete())
    put(office, WELLIES)
    assert office.read(lambda s: [(job.kind, job.arguments) for job in s.query(Job)]) == [("index", {"kb": "main"})]


def test_two_administrators_do_not_overwrite_each_other_unseen(office: Office) -> None:
    put(office, WELLIES, version=0)
    refused = put(office, version=0)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "version_conflict")


@pytest.mark.parametrize("entry", [{"said": "", "means": "x"}, {"said": "x"}, {"said": "x", "means": "y" * 101}])
def test_half_an_entry_is_refused(office: Office, entry: dict[str, str]) -> None:
    assert put(office, entry).status_code == 422


def test_only_administrators_see_it(office: Office) -> None:
    agent = office.person().headers
    assert office.client.get("/v1/synonyms", headers=agent).status_code == 403
    assert office.client.put("/v1/synonyms", json={"synonyms": []}, headers=agent).status_code == 403


def test_an_unknown_knowledge_base_is_404(office: Office) -> None:
    headers = office.person("admin").headers
    assert office.client.get("/v1/synonyms?kb=other", headers=headers).status_code == 404
    assert office.client.put("/v1/synonyms?kb=other", json={"synonyms": []}, headers=headers).status_code == 404
