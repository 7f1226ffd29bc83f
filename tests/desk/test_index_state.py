"""An index that may not serve is told to administrators, with the way on."""

from __future__ import annotations

from api.store.tables import Job
from tests.desk.office import Office

REFUSED = "the new index does not serve: 6 labelled questions that were right are wrong now"


def building(office: Office, state: str, *, kb: str = "main", log: str = "") -> None:
    """Put a building into the past."""
    office.clock.advance(60)
    now = office.clock.now()
    job = Job(id=f"job-{now:%H%M}", kind="index", state=state, arguments={"kb": kb}, log=log, created_at=now)
    office.write(lambda session: session.add(job))


def test_the_newest_building_of_a_knowledge_base_says_what_became_of_it(office: Office) -> None:
    admin = office.person("admin").headers
    assert office.client.get("/v1/indexes/main", headers=admin).json()["job"] is None
    building(office, "done")
    building(office, "failed", log=f"Reading the articles\nFailed: {REFUSED}\n")
    building(office, "done", kb="other")
    shown = office.client.get("/v1/indexes/main", headers=admin).json()
    assert (shown["kb"], shown["job"]["state"], shown["job"]["log"][-1]) == ("main", "failed", f"Failed: {REFUSED}")


def test_a_refused_index_is_built_again_with_a_reason(office: Office) -> None:
    admin = office.person("admin").headers
    answer = office.client.post("/v1/indexes/main", json={"reason": "the policy has changed"}, headers=admin)
    assert answer.status_code == 202
    job = office.read(lambda session: session.get_one(Job, answer.json()["job_id"]))
    assert (job.kind, job.state) == ("index", "queued")
    assert job.arguments == {"kb": "main", "reason": "the policy has changed"}


def test_there_is_no_index_of_an_unknown_knowledge_base(office: Office) -> None:
    admin = office.person("admin").headers
    assert office.client.get("/v1/indexes/none", headers=admin).status_code == 404
    assert office.client.post("/v1/indexes/none", json={}, headers=admin).status_code == 404
