"""An agent takes over knowing everything, answers, gives back and closes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from api.hand_off.packet import PacketInvalid, check_packet
from api.store.tables import Conversation, SuggestionFeedback, SuppressedReply
from tests.desk.office import Guest, Office

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "hand-off.schema.json").read_text(encoding="utf-8"))


def annoyed_guest(office: Office) -> Guest:
    """Ada asked twice, got the same answer, said so, and waits."""
    guest = office.guest(name="Ada", page_url="https://tarnwick.example/basket", customer_email="ada@example.org")
    first = office.says(guest, "where is my parcel TW-123456")
    [parcel, _] = office.found(guest, first, "parcel", "returns")
    office.understood(
        guest, first, outcome="answer", intent="ask", confidence=0.7, search_confidence=0.8, frustration=0.1,
        entities=[{"entity": "order_number", "value": "TW-123456", "start": 19, "end": 28}],
        understanding={"slots": {"order_number": "TW-123456", "email": None}},
    )  # fmt: skip
    office.says(guest, "About parcel.", sender="bot", suggestion_id=parcel)
    second = office.says(guest, "that did not help, this is useless!!")
    office.understood(
        guest, second, outcome="rejected", intent="deny", confidence=0.9, frustration=0.8,
        frustration_reasons=["says that nothing helps"],
    )  # fmt: skip
    office.waits(
        guest, "anger", message_id=second, evidence=[{"message_id": second, "seq": 3, "reason": "anger"}],
        counterfactual="Without message 3 there would have been no hand-off.", rules_version="1",
    )  # fmt: skip
    return guest


def test_the_queue_shows_who_waits_why_and_since_when(office: Office) -> None:
    agent = office.person()
    calm, angry = office.guest(name="Calm"), annoyed_guest(office)
    office.says(calm, "a person please")
    office.waits(calm)
    office.clock.advance(60)
    first, second = office.client.get("/v1/queue", headers=agent.headers).json()["conversations"]
    assert first["conversation_id"] == angry.conversation_id
    assert first["customer"] == {"name": "Ada", "email": "ada@example.org", "verified": False}
    assert [reason["code"] for reason in first["reasons"]] == ["anger"]
    assert (first["position"], first["waited_s"], first["frustration"]) == (1, 62, 0.8)
    assert first["last_message"] == "that did not help, this is useless!!"
    assert (second["position"], second["waited_s"], second["last_message"]) == (2, 60, "a person please")


def test_the_packet_says_everything_a_person_needs(office: Office) -> None:
    agent, guest = office.person(), annoyed_guest(office)
    packet = office.client.get(f"{guest.path}/hand-off", headers=agent.headers).json()
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(packet)
    assert packet["customer"]["name"] == "Ada"
    assert [(line["sender"], line["text"]) for line in packet["transcript"]][:3] == [
        ("customer", "where is my parcel TW-123456"),
        ("bot", "About parcel."),
        ("customer", "that did not help, this is useless!!"),
    ]
    assert [(one["article_id"], one["shown"], one["reaction"], one["confidence"]) for one in packet["tried"]] == [
        ("parcel", True, "rejected", 0.8),
        ("returns", False, None, 0.8),
    ]
    assert [(one["seq"], one["score"], one["reasons"]) for one in packet["frustration"]] == [
        (1, 0.1, []),
        (3, 0.8, ["says that nothing helps"]),
    ]
    assert [(one["intent"], one["confidence"]) for one in packet["intents"]] == [("ask", 0.7), ("deny", 0.9)]
    assert [(one["entity"], one["value"]) for one in packet["entities"]] == [("order_number", "TW-123456")]
    assert packet["slots"] == {"order_number": "TW-123456"}
    assert packet["pages"] == ["https://tarnwick.example/basket"]
    assert [reason["code"] for reason in packet["why"]["reasons"]] == ["anger"]
    assert packet["why"]["counterfactual"] == "Without message 3 there would have been no hand-off."


def test_a_pressed_thumb_is_the_customers_reaction(office: Office) -> None:
    agent, guest = office.person(), annoyed_guest(office)
    asked = office.says(guest, "and the returns?")
    [suggestion] = office.found(guest, asked, "returns")
    now = office.clock.now()
    thumb = SuggestionFeedback(suggestion_id=suggestion, caller="customer", helpful=True, updated_at=now)
    office.write(lambda session: session.add(thumb))
    packet = office.client.get(f"{guest.path}/hand-off", headers=agent.headers).json()
    assert packet["tried"][-1]["reaction"] == "helpful"


def test_a_reply_that_was_held_back_is_in_the_packet(office: Office) -> None:
    agent, guest = office.person(), annoyed_guest(office)
    asked = office.says(guest, "hello?")
    late = SuppressedReply(
        conversation_id=guest.conversation_id, message_id=asked, turn_id="t", position=0, text="Too late",
        reason="owner_changed", created_at=office.clock.now(),
    )  # fmt: skip
    office.write(lambda session: session.add(late))
    packet = office.client.get(f"{guest.path}/hand-off", headers=agent.headers).json()
    assert packet["not_sent"] == [{"message_id": asked, "text": "Too late", "reason": "owner_changed"}]


def test_a_packet_that_breaks_its_schema_never_leaves(office: Office) -> None:
    agent, guest = office.person(), annoyed_guest(office)
    packet = office.client.get(f"{guest.path}/hand-off", headers=agent.headers).json()
    check_packet(packet)
    for member, value in [("version", 2), ("transcript", [{"seq": 0}]), ("tried", None), ("why", {})]:
        with pytest.raises(PacketInvalid, match=member):
            check_packet(packet | {member: value})
    with pytest.raises(PacketInvalid):
        check_packet({name: value for name, value in packet.items() if name != "slots"})


def test_a_conversation_that_was_never_handed_off_has_no_packet(office: Office) -> None:
    agent, guest = office.person(), office.guest()
    assert office.client.get(f"{guest.path}/hand-off", headers=agent.headers).status_code == 404


def test_an_agent_takes_answers_gives_back_and_closes(office: Office) -> None:
    agent, guest = office.person(name="Bea"), annoyed_guest(office)
    client, headers = office.client, agent.headers
    taken = client.post(f"{guest.path}/take", headers=headers)
    assert taken.json()["owner"] == "agent"
    assert taken.json()["agent"] == {"agent_id": agent.agent_id, "name": "Bea"}
    said = client.post(
        f"{guest.path}/agent-messages", headers=headers, json={"client_msg_id": "1", "text": "Hello Ada"}
    )
    assert said.status_code == 202
    again = client.post(
        f"{guest.path}/agent-messages", headers=headers, json={"client_msg_id": "1", "text": "Hello Ada"}
    )
    assert again.json() == said.json()
    other = client.post(f"{guest.path}/agent-messages", headers=headers, json={"client_msg_id": "1", "text": "Bye"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "client_msg_id_taken")
    assert client.post(f"{guest.path}/release", headers=headers, json={"to": "queue"}).json()["owner"] == "queue"
    assert client.post(f"{guest.path}/take", headers=headers).json()["owner"] == "agent"
    assert client.post(f"{guest.path}/release", headers=headers, json={"to": "bot"}).json()["owner"] == "bot"
    assert client.post(f"{guest.path}/close", headers=headers).json()["owner"] == "closed"
    refused = client.post(f"{guest.path}/take", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "held_by_closed")
    late = client.post(f"{guest.path}/agent-messages", headers=headers, json={"client_msg_id": "2", "text": "Still?"})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "held_by_closed")


def test_of_several_agents_exactly_one_gets_the_chat_and_the_others_hear_who(office: Office) -> None:
    agents = [office.person() for _ in range(6)]
    for _ in range(10):
        guest = office.guest()
        office.waits(guest)
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda a: office.client.post(f"{guest.path}/take", headers=a.headers), agents))  # noqa: B023
        [winner] = [answer for answer in answers if answer.status_code == 200]
        losers = [answer.json()["error"] for answer in answers if answer.status_code == 409]
        assert len(losers) == 5
        name = winner.json()["agent"]["name"]
        assert all(error["code"] == "held_by_another" and name in error["message"] for error in losers)


def test_a_suggestion_that_was_sent_is_noted_with_its_words(office: Office) -> None:
    agent, guest = office.person(), office.guest()
    [suggestion] = office.found(guest, office.says(guest, "where is it"), "parcel")
    office.waits(guest)
    office.client.post(f"{guest.path}/take", headers=agent.headers)
    body = {"client_msg_id": "1", "text": "It is on its way.", "suggestion_id": suggestion}
    assert office.client.post(f"{guest.path}/agent-messages", headers=agent.headers, json=body).status_code == 202
    [feedback] = office.read(lambda session: session.query(SuggestionFeedback).all())
    assert (feedback.caller, feedback.sent, feedback.sent_text) == (
        f"agent:{agent.agent_id}",
        True,
        "It is on its way.",
    )


def test_a_suggestion_of_another_conversation_cannot_be_claimed(office: Office) -> None:
    agent, guest, other = office.person(), office.guest(), office.guest()
    [foreign] = office.found(other, office.says(other, "where is it"), "parcel")
    office.waits(guest)
    office.client.post(f"{guest.path}/take", headers=agent.headers)
    body = {"client_msg_id": "1", "text": "Hm", "suggestion_id": foreign}
    assert office.client.post(f"{guest.path}/agent-messages", headers=agent.headers, json=body).status_code == 404


def test_conversations_are_found_by_owner_words_and_hand_off(office: Office) -> None:
    agent, angry, calm = office.person(), annoyed_guest(office), office.guest(name="Cleo 100%")
    office.says(calm, "hello_there")

    def found(query: str) -> list[str]:
        rows = office.client.get(f"/v1/conversations?{query}", headers=agent.headers).json()["conversations"]
        return [row["customer"]["name"] for row in rows]

    assert found("") == ["Cleo 100%", "Ada"]
    assert found("owner=queue") == ["Ada"]
    assert found("hand_off=false") == ["Cleo 100%"]
    assert found("q=useless") == ["Ada"]
    assert found("q=100%25") == ["Cleo 100%"]
    assert found("q=hello_there") == ["Cleo 100%"]
    assert found("q=hello%25there") == []
    assert found("mine=true") == []
    office.client.post(f"{angry.path}/take", headers=agent.headers)
    assert found("mine=true") == ["Ada"]
    page = office.client.get("/v1/conversations?limit=1", headers=agent.headers).json()
    rest = office.client.get("/v1/conversations", params={"before": page["next_before"]}, headers=agent.headers).json()
    assert len(page["conversations"]) == len(rest["conversations"]) == 1


def test_an_administrator_also_sees_what_the_bot_understood(office: Office) -> None:
    guest = annoyed_guest(office)
    seen = office.client.get(guest.path, headers=office.person("admin").headers).json()
    assert [(turn["intent"], turn["outcome"], turn["model_version"]) for turn in seen["turns"]] == [
        ("ask", "answer", "m1"),
        ("deny", "rejected", "m1"),
    ]
    assert seen["hand_offs"][0]["reasons"][0]["code"] == "anger"
    assert office.client.get(guest.path, headers=office.person().headers).json()["turns"] is None


def test_a_chat_its_agent_may_no_longer_see_goes_back_to_the_queue(office: Office) -> None:
    admin, agent = office.person("admin"), office.person(departments=["sales", "returns"])
    kept, lost = office.guest(department="returns"), office.guest(department="sales")
    for guest in (kept, lost):
        office.waits(guest)
        office.client.post(f"{guest.path}/take", headers=agent.headers)
    change = {"departments": ["returns"]}
    office.client.patch(f"/v1/agents/{agent.agent_id}", headers=admin.headers, json=change)
    owners = [office.read(lambda s: s.get_one(Conversation, guest.conversation_id)).owner for guest in (kept, lost)]  # noqa: B023
    assert owners == ["agent", "queue"]


def test_a_chat_passed_to_a_department_is_seen_there_and_nowhere_else(office: Office) -> None:
    returns, sales, guest = office.person(departments=["returns"]), office.person(departments=["sales"]), office.guest()
    office.waits(guest)
    office.client.post(f"{guest.path}/take", headers=returns.headers)
    passed = office.client.put(f"{guest.path}/department", json={"department": "sales"}, headers=returns.headers)
    assert (passed.json()["owner"], passed.json()["agent"]) == ("queue", None)
    assert office.client.get(guest.path, headers=returns.headers).status_code == 404
    [entry] = office.client.get("/v1/queue", headers=sales.headers).json()["conversations"]
    assert (entry["conversation_id"], entry["department"]) == (guest.conversation_id, "sales")
    assert office.client.put(f"{guest.path}/department", json={}, headers=sales.headers).status_code == 422
    back = office.client.put(f"{guest.path}/department", json={"department": None}, headers=sales.headers)
    assert back.status_code == 200
    assert office.client.get(guest.path, headers=returns.headers).status_code == 200


def test_a_disabled_agents_chats_go_back_to_the_front_of_the_queue(office: Office) -> None:
    admin, agent, guest = office.person("admin"), office.person(), annoyed_guest(office)
    office.client.post(f"{guest.path}/take", headers=agent.headers)
    gone = office.client.patch(f"/v1/agents/{agent.agent_id}", headers=admin.headers, json={"disabled": True})
    assert gone.json()["disabled"]
    assert office.client.get("/v1/queue", headers=agent.headers).status_code == 401
    assert office.read(lambda session: session.get_one(Conversation, guest.conversation_id)).owner == "queue"
