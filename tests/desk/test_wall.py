"""One look at how the desk stands."""

from __future__ import annotations

from pathlib import Path

from api.company import Desk
from tests.desk.office import Office, open_office
from tests.desk.world import COMPANY


def test_the_wall_counts_what_is_ones_business(office: Office) -> None:
    bea, clerk = office.person(name="Bea"), office.person(departments=["sales"])
    client = office.client
    angry, calm, hers = office.guest(name="Ada"), office.guest(department="returns"), office.guest()
    for guest, mood in ((angry, 0.9), (calm, 0.1), (hers, 0.7)):
        office.understood(guest, office.says(guest, "please"), frustration=mood)
        office.waits(guest)
    office.clock.advance(60)
    client.get("/v1/queue", headers=bea.headers)
    client.post(f"{hers.path}/take", headers=bea.headers)
    details = {"email": "ada@example.org", "consent": True}
    client.post(f"{angry.path}/contact", headers=angry.headers, json=details)
    seen = client.get("/v1/desk/wall", headers=bea.headers).json()
    assert (seen["waiting"], seen["longest_wait_s"], seen["tasks"], seen["tasks_late"]) == (2, 64, 1, 0)
    [at_work] = seen["agents"]
    assert [chat["conversation_id"] for chat in at_work.pop("open")] == [hers.conversation_id]
    assert at_work == {"agent_id": bea.agent_id, "name": "Bea", "present": True, "chats": 1}
    assert [(one["conversation_id"], one["owner"], one["frustration"]) for one in seen["upset"]] == [
        (angry.conversation_id, "queue", 0.9),
        (hers.conversation_id, "agent", 0.7),
    ]
    assert client.get("/v1/desk/wall", headers=clerk.headers).json()["waiting"] == 1
    office.clock.advance(25 * 3600)
    assert client.get("/v1/desk/wall", headers=bea.headers).json()["tasks_late"] == 1
    assert client.get("/v1/desk/wall", headers=angry.headers).status_code == 403


def test_the_departments_are_shown_with_who_is_there_and_who_waits(tmp_path: Path) -> None:
    desk = Desk.model_validate({"departments": {"returns": {"title": "Returns", "topics": ["refunds"]}}})
    with open_office(tmp_path, company=COMPANY.model_copy(update={"desk": desk})) as office:
        admin, clerk = office.person("admin"), office.person(departments=["returns"])
        office.client.get("/v1/queue", headers=clerk.headers)
        office.waits(office.guest(department="returns"))
        [shown] = office.client.get("/v1/desk/departments", headers=admin.headers).json()["departments"]
        assert {name: shown[name] for name in ("name", "title", "open", "here", "waiting", "talking", "topics")} == {
            "name": "returns", "title": "Returns", "open": True, "here": 1, "waiting": 1, "talking": 0,
            "topics": ["refunds"],
        }  # fmt: skip
