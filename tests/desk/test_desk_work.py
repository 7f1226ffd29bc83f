"""Macros, the end of a chat, a supervisor's hand, and who else looks."""

from __future__ import annotations

from typing import Any

import pytest

from api.desk.presence import arrive
from api.store.tables import HandOff, Message
from tests.desk.office import Guest, Office, Person
from tests.desk.test_desk_socket import Desk, open_desk


@pytest.fixture
def bea(office: Office) -> Person:
    return office.person(name="Bea Ray")


def held(office: Office, agent: Person, **columns: Any) -> Guest:
    guest = office.guest(**columns)
    office.says(guest, "where is my parcel TW-1")
    office.waits(guest)
    assert office.client.post(f"{guest.path}/take", headers=agent.headers).status_code == 200
    return guest


def texts(office: Office, guest: Guest) -> list[str]:
    page = office.client.get(f"{guest.path}/messages", headers=guest.headers).json()
    return [line["text"] for line in page["messages"]]


def macro(office: Office, person: Person, *steps: dict[str, Any], shared: bool = False) -> str:
    body = {"name": "Late parcel", "steps": list(steps), "shared": shared}
    made = office.client.post("/v1/macros", headers=person.headers, json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["macro_id"])


def test_a_macro_takes_all_its_steps_at_once(office: Office, bea: Person) -> None:
    guest = held(office, bea, name="Ada Byron")
    made = macro(
        office,
        bea,
        {"do": "say", "text": "Sorry, {first_name}."},
        {"do": "tag", "tags": ["Late"]},
        {"do": "note", "text": "told {customer_name}"},
        {"do": "close", "solved": True, "topic": "delivery"},
    )
    run = office.client.post(f"{guest.path}/macros/{made}", headers=bea.headers, json={"client_id": "m1"})
    assert run.json()["owner"] == "closed"
    assert "Sorry, Ada." in texts(office, guest)
    notes = office.client.get(f"{guest.path}/notes", headers=bea.headers).json()
    assert ([note["text"] for note in notes["notes"]], notes["tags"]) == (["told Ada Byron"], ["late"])
    stay = office.read(lambda s: s.query(HandOff).one())
    assert (stay.solved, stay.topic) == (True, "delivery")


def test_a_macro_that_cannot_be_filled_in_does_nothing(office: Office, bea: Person) -> None:
    guest = held(office, bea, name=None)
    made = macro(
        office, bea, {"do": "tag", "tags": ["late"]}, {"do": "say", "text": "Hello {first_name}, {order_number}"}
    )
    refused = office.client.post(f"{guest.path}/macros/{made}", headers=bea.headers, json={"client_id": "m1"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "macro_unknown")
    assert "{first_name}, {order_number}" in refused.json()["error"]["message"]
    assert office.client.get(f"{guest.path}/notes", headers=bea.headers).json()["tags"] == []
    assert office.owner(guest) == "agent"


def test_a_macro_is_its_writers_or_everybodys_and_runs_in_ones_own_chats(office: Office, bea: Person) -> None:
    tom, admin = office.person(), office.person("admin")
    guest = held(office, bea)
    own = macro(office, bea, {"do": "to_bot"})
    every = macro(office, admin, {"do": "note", "text": "seen"}, shared=True)
    client, shared = office.client, {"name": "x", "steps": [{"do": "to_bot"}], "shared": True}
    assert client.post("/v1/macros", headers=bea.headers, json=shared).status_code == 403
    assert [one["macro_id"] for one in client.get("/v1/macros", headers=tom.headers).json()["macros"]] == [every]
    run = {"client_id": "1"}
    assert client.post(f"{guest.path}/macros/{own}", headers=tom.headers, json=run).status_code == 404
    not_held = client.post(f"{guest.path}/macros/{every}", headers=tom.headers, json=run)
    assert not_held.json()["error"]["code"] == "held_by_another"
    assert client.put(f"/v1/macros/{every}", headers=bea.headers, json=shared | {"shared": False}).status_code == 403
    assert client.delete(f"/v1/macros/{own}", headers=tom.headers).status_code == 404
    assert client.delete(f"/v1/macros/{own}", headers=bea.headers).status_code == 200
    after_the_end = {"name": "x", "steps": [{"do": "close"}, {"do": "note", "text": "late"}]}
    assert client.post("/v1/macros", headers=bea.headers, json=after_the_end).json()["error"]["code"] == "macro_order"
    assert client.post("/v1/macros", headers=bea.headers, json={"name": "x", "steps": []}).status_code == 422


def test_a_macro_run_twice_under_one_id_says_nothing_twice(office: Office, bea: Person) -> None:
    guest = held(office, bea)
    made = macro(office, bea, {"do": "say", "text": "One moment."})
    for _ in range(2):
        office.client.post(f"{guest.path}/macros/{made}", headers=bea.headers, json={"client_id": "m1"})
    assert texts(office, guest).count("One moment.") == 1


def test_a_chat_ends_with_what_came_of_it_and_a_summary_to_find_it_by(office: Office, bea: Person) -> None:
    office.article("parcel", category="delivery")
    guest = held(office, bea)
    [suggestion] = office.found(guest, office.says(guest, "it was due on Monday, where is it now"), "parcel")
    body = {"client_msg_id": "1", "text": "It waits at the depot in Leeds.", "suggestion_id": suggestion}
    office.client.post(f"{guest.path}/agent-messages", headers=bea.headers, json=body)
    offered = office.client.get(f"{guest.path}/summary", headers=bea.headers).json()
    assert (offered["topic"], offered["topics"]) == ("delivery", ["delivery"])
    kinds = {line["kind"]: line["text"] for line in offered["summary"]}
    assert kinds["problem"] == "it was due on Monday, where is it now"
    assert kinds["answered"] == "It waits at the depot in Leeds."
    ended = {"solved": False, "topic": "delivery", "tags": ["Depot"]}
    assert office.client.post(f"{guest.path}/close", headers=bea.headers, json=ended).json()["owner"] == "closed"
    seen = office.client.get(guest.path, headers=bea.headers).json()["hand_offs"][-1]
    assert (seen["solved"], seen["topic"]) == (False, "delivery")
    packet = office.client.get(f"{guest.path}/hand-off", headers=bea.headers).json()
    assert "Was answered: “It waits at the depot in Leeds.”" in packet["summary"]
    assert office.client.get(f"{guest.path}/notes", headers=bea.headers).json()["tags"] == ["depot"]


def test_a_supervisor_takes_over_and_gives_away_anybodys_chat(office: Office, bea: Person) -> None:
    boss, tom = office.person("admin", name="Ada Boss"), office.person(name="Tom")
    guest = held(office, bea)
    path = f"{guest.path}/assign"
    assert office.client.post(path, headers=tom.headers, json={"agent_id": tom.agent_id}).status_code == 403
    away = office.client.post(path, headers=boss.headers, json={"agent_id": tom.agent_id})
    assert away.json()["error"]["code"] == "agent_away"
    assert office.owner(guest) == "agent"
    office.write(lambda s: arrive(s, tom.agent_id, now=office.clock.now()))
    body = {"agent_id": tom.agent_id, "note": "knows the depot"}
    assert office.client.post(path, headers=boss.headers, json=body).json()["agent"]["name"] == "Tom"
    assert texts(office, guest)[-2:] == [
        "I'm passing you to Tom, with everything we said so far.",
        "Tom has joined the chat.",
    ]
    [note] = office.client.get(f"{guest.path}/notes", headers=tom.headers).json()["notes"]
    assert note["mentions"] == [tom.agent_id]
    mine = office.client.post(path, headers=boss.headers, json={"agent_id": boss.agent_id})
    assert mine.json()["agent"]["name"] == "Ada Boss"
    late = office.client.post(
        f"{guest.path}/agent-messages", headers=tom.headers, json={"client_msg_id": "1", "text": "Hello"}
    )
    assert late.json()["error"]["code"] == "held_by_another"
    assert office.read(lambda s: s.query(Message).filter(Message.sender == "agent").count()) == 0


def test_desks_see_who_else_looks_at_a_chat_and_who_writes_there(office: Office, bea: Person) -> None:
    boss, foreign = office.person("admin", name="Ada Boss"), office.person(departments=["sales"])
    guest = held(office, bea, department="returns")
    look = {"type": "looking", "conversation_id": guest.conversation_id}
    with open_desk(office, bea) as one, open_desk(office, boss) as other, open_desk(office, foreign) as third:
        desk, supervisor, stranger = Desk(one), Desk(other), Desk(third)
        for each in (desk, supervisor, stranger):
            each.until(type="ready")
        one.send_json(look)
        other.send_json(look)
        came = desk.until(type="looking")
        assert (came["agent"]["name"], came["writing"], came["gone"]) == ("Ada Boss", False, False)
        assert supervisor.until(type="looking")["agent"]["name"] == "Bea Ray"  # who is there answers whoever comes
        one.send_json(look | {"writing": True})
        assert supervisor.until(type="looking", writing=True)["agent"]["agent_id"] == bea.agent_id
        other.send_json({"type": "looking", "conversation_id": None})
        assert desk.until(type="looking", gone=True)["agent"]["name"] == "Ada Boss"
        third.send_json(look)
        assert stranger.until(type="error")["error"]["code"] == "not_found"


def test_a_desk_that_closes_looks_no_more(office: Office, bea: Person) -> None:
    boss, guest = office.person("admin"), held(office, bea)
    with open_desk(office, bea) as one:
        desk = Desk(one)
        desk.until(type="ready")
        with open_desk(office, boss) as other:
            Desk(other).until(type="ready")
            other.send_json({"type": "looking", "conversation_id": guest.conversation_id})
            desk.until(type="looking", gone=False)
        assert desk.until(type="looking", gone=True)["conversation_id"] == guest.conversation_id
