"""What was read, what was begun, and who comes back to whom."""

from __future__ import annotations

from api.desk.presence import arrive
from tests.desk.office import Guest, Office, Person


def held(office: Office, agent: Person) -> Guest:
    guest = office.guest(name="Ada")
    office.says(guest, "where is my parcel")
    office.says(guest, "it is late")
    office.waits(guest)
    assert office.client.post(f"{guest.path}/take", headers=agent.headers).status_code == 200
    return guest


def row(office: Office, agent: Person) -> dict[str, object]:
    [found] = office.client.get("/v1/conversations?mine=true", headers=agent.headers).json()["conversations"]
    return {name: found[name] for name in ("unread", "draft")}


def test_unread_lines_and_a_draft_survive_on_the_server(office: Office) -> None:
    bea = office.person()
    guest = held(office, bea)
    assert row(office, bea) == {"unread": 2, "draft": ""}
    place = office.client.put(f"{guest.path}/place", headers=bea.headers, json={"read_seq": 1, "draft": "I will"})
    assert place.json() == {"read_seq": 1, "draft": "I will", "customer_read_seq": 0}
    assert row(office, bea) == {"unread": 1, "draft": "I will"}
    office.client.put(f"{guest.path}/place", headers=bea.headers, json={"read_seq": 99})
    assert row(office, bea) == {"unread": 0, "draft": "I will"}
    behind = office.client.put(f"{guest.path}/place", headers=bea.headers, json={"read_seq": 1, "draft": ""}).json()
    assert (behind["read_seq"], behind["draft"]) == (4, "")
    office.says(guest, "hello?")
    assert row(office, bea)["unread"] == 1


def test_one_agents_place_is_not_anothers(office: Office) -> None:
    bea, tom = office.person(), office.person()
    guest = held(office, bea)
    office.client.put(f"{guest.path}/place", headers=tom.headers, json={"draft": "mine alone"})
    assert row(office, bea)["draft"] == ""
    assert office.client.put(f"{guest.path}/place", headers=guest.headers, json={"draft": "x"}).status_code == 403


def test_the_agent_sees_what_the_customers_chat_has_shown(office: Office) -> None:
    bea = office.person()
    guest = held(office, bea)
    for seq, seen in ((2, 2), (1, 2), (900, 4)):
        assert office.client.post(f"{guest.path}/read", headers=guest.headers, json={"seq": seq}).status_code == 200
        assert office.client.get(guest.path, headers=bea.headers).json()["customer_read_seq"] == seen
    assert office.client.post(f"{guest.path}/read", headers=guest.headers, json={"seq": -1}).status_code == 422


def writes(office: Office, guest: Guest) -> None:
    body = {"client_msg_id": "again", "text": "one more thing"}
    assert office.client.post(f"{guest.path}/messages", headers=guest.headers, json=body).status_code == 202


def test_who_comes_back_is_with_the_same_agent_at_once_when_they_are_there(office: Office) -> None:
    bea = office.person(name="Bea")
    guest = held(office, bea)
    office.client.post(f"{guest.path}/close", headers=bea.headers)
    office.clock.advance(3600)
    office.write(lambda s: arrive(s, bea.agent_id, now=office.clock.now()))
    writes(office, guest)
    page = office.client.get(f"{guest.path}/messages", headers=guest.headers).json()
    assert (page["owner"], [line["text"] for line in page["messages"][-3:]]) == (
        "agent",
        ["Welcome back. Bea is here and knows what you talked about.", "Bea has joined the chat.", "one more thing"],
    )


def test_who_comes_back_waits_at_the_front_when_that_agent_is_not_there(office: Office) -> None:
    bea = office.person(name="Bea")
    guest = held(office, bea)
    office.client.post(f"{guest.path}/close", headers=bea.headers)
    office.clock.advance(3600)
    writes(office, guest)
    assert office.owner(guest) == "queue"


def test_a_customer_may_ask_for_the_bot_again_from_an_agent_and_from_the_queue(office: Office) -> None:
    bea = office.person()
    guest, other = held(office, bea), office.guest()
    office.waits(other)
    for one in (guest, other):
        for _ in range(2):  # asking again changes nothing
            answer = office.client.post(f"{one.path}/back-to-bot", headers=one.headers)
            assert answer.json()["owner"] == "bot"
    assert office.notices(guest)[-1:] == ["agent.left"]
    said = office.client.post(
        f"{guest.path}/agent-messages", headers=bea.headers, json={"client_msg_id": "1", "text": "But I am here."}
    )
    assert (said.status_code, said.json()["error"]["code"]) == (409, "held_by_bot")
    office.client.post(f"{guest.path}/close", headers=bea.headers)
    assert office.client.post(f"{guest.path}/back-to-bot", headers=guest.headers).status_code == 409
