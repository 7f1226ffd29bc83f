"""One look at how the desk stands."""

from __future__ import annotations

from tests.desk.office import Office


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
    assert seen["agents"] == [{"agent_id": bea.agent_id, "name": "Bea", "present": True, "chats": 1}]
    assert [(one["conversation_id"], one["owner"], one["frustration"]) for one in seen["upset"]] == [
        (angry.conversation_id, "queue", 0.9),
        (hers.conversation_id, "agent", 0.7),
    ]
    assert client.get("/v1/desk/wall", headers=clerk.headers).json()["waiting"] == 1
    office.clock.advance(25 * 3600)
    assert client.get("/v1/desk/wall", headers=bea.headers).json()["tasks_late"] == 1
    assert client.get("/v1/desk/wall", headers=angry.headers).status_code == 403
