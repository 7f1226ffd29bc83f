"""Reports in the administration, and doubtful labels put right from them."""

from __future__ import annotations

from typing import Any

import pytest

from api.store.tables import Intent, TrainingExample
from tests.desk.office import Office


def test_reports_are_pages_that_run_nothing_for_administrators_only(office: Office) -> None:
    folder = office.settings.var_dir / "reports"
    folder.mkdir(parents=True)
    (folder / "kb-main.html").write_text("<style>p {color: red}</style><p>Good.</p>")
    admin = office.person("admin").headers
    [report] = office.client.get("/v1/reports", headers=admin).json()["knowledge_bases"]
    page = office.client.get(report["url"], headers=admin)
    assert (report["kb"], page.status_code, page.headers["content-type"]) == ("main", 200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "script-src" not in page.headers["content-security-policy"]
    agent = office.person().headers
    for path in ("/v1/reports", report["url"], "/v1/reports/models/m1"):
        assert office.client.get(path, headers=agent).status_code in {403, 404}


@pytest.mark.parametrize(
    "path", ["knowledge-bases/other", "knowledge-bases/%2e%2e%2fsecrets", "models/m9", "models/%2e%2e"]
)
def test_only_reports_that_are_there_are_shown(office: Office, path: str) -> None:
    answer = office.client.get(f"/v1/reports/{path}", headers=office.person("admin").headers)
    assert answer.status_code in {404, 405, 422}


@pytest.fixture
def doubted(office: Office) -> Office:
    now = office.clock.now()
    rows = [Intent(name=name, outcome="search", created_at=now) for name in ("greet", "thanks")]
    rows_too = [TrainingExample(intent="greet", text="cheers", created_at=now)]
    office.write(lambda session: session.add_all([*rows, *rows_too]))
    return office


def correct(office: Office, **body: Any) -> Any:
    headers = office.person("admin").headers
    return office.client.post("/v1/training-examples/correct", json=body, headers=headers)


def living(office: Office) -> list[tuple[str, str]]:
    rows = office.read(lambda s: s.query(TrainingExample).filter(TrainingExample.deleted_at.is_(None)).all())
    return [(row.intent, row.text) for row in rows]


def test_a_doubtful_example_is_given_another_intent_or_taken_out(doubted: Office) -> None:
    assert correct(doubted, text="cheers", intent="greet", to="thanks").json() == {"corrected": 1}
    assert living(doubted) == [("thanks", "cheers")]
    assert correct(doubted, text="cheers", intent="thanks", to=None).json() == {"corrected": 1}
    assert living(doubted) == []


def test_only_examples_and_intents_that_exist_are_corrected(doubted: Office) -> None:
    assert correct(doubted, text="cheers", intent="greet", to="nothing_known").status_code == 422
    assert correct(doubted, text="hello", intent="greet", to="thanks").status_code == 404
    assert living(doubted) == [("greet", "cheers")]


def test_measuring_a_knowledge_base_is_queued_for_administrators(office: Office) -> None:
    office.article("delivery", "One.")
    path, admin = "/v1/reports/knowledge-bases/main", office.person("admin").headers
    queued = office.client.post(path, headers=admin)
    assert queued.status_code == 202
    shown = office.client.get(f"/v1/training-jobs/{queued.json()['job_id']}", headers=admin).json()
    assert (shown["state"], office.client.post(path, headers=admin).json()) == ("queued", queued.json())
    assert office.client.post("/v1/reports/knowledge-bases/other", headers=admin).status_code == 404
    assert office.client.post(path, headers=office.person().headers).status_code == 403
