"""Models over HTTP: the way back, and what a training tells of itself."""

from __future__ import annotations

import json

from api.processes.places import Places
from api.store.tables import Job, Model, RasaProcess, Serving
from tests.desk.office import Office


def serving(office: Office, state: str) -> None:
    """m2 serves; the process of m1, which served before, is in this state and answers nobody."""
    now = office.clock.now()
    rows = [
        Model(version="m1", manifest={}, created_at=now),
        Model(version="m2", manifest={}, created_at=now),
        Serving(name="model", value="m2", previous="m1", updated_at=now),
        RasaProcess(id="old", model_version="m1", url="http://127.0.0.1:1", state=state, started_at=now),
    ]
    office.write(lambda session: session.add_all(rows))


def test_a_process_that_does_not_answer_is_not_returned_to_but_started_again(office: Office) -> None:
    serving(office, "warm")
    queued = office.client.post("/v1/models/rollback", headers=office.person("admin").headers)
    assert queued.status_code == 202
    job = office.read(lambda session: session.get_one(Job, queued.json()["job_id"]))
    assert (job.kind, job.state, job.arguments["version"]) == ("promote", "queued", "m1")


def test_without_an_earlier_model_there_is_nothing_to_return_to(office: Office) -> None:
    refused = office.client.post("/v1/models/rollback", headers=office.person("admin").headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_previous_model")


def test_a_trainings_report_is_shown_to_administrators_only(office: Office) -> None:
    serving(office, "gone")
    folder = Places.of(office.settings).models / "m2"
    folder.mkdir(parents=True)
    (folder / "training_report.json").write_text(json.dumps({"cross_validation": {"accuracy": 0.9}}))
    admin = office.person("admin").headers
    assert office.client.get("/v1/models/m2/report", headers=admin).json() == {"cross_validation": {"accuracy": 0.9}}
    assert office.client.get("/v1/models/m1/report", headers=admin).status_code == 404
    assert office.client.get("/v1/models/nothing/report", headers=admin).status_code == 404
    assert office.client.get("/v1/models/m2/report", headers=office.person().headers).status_code in {403, 404}
