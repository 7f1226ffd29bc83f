"""Notes, tags, passing on, snippets, hints, drafts, and what solved the same before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.desk.hints import hints_for
from api.desk.notes import mentioned
from api.desk.snippets import filled
from api.store.tables import DeskEvent
from tests.desk.office import Guest, Office, Person

AGENTS = [("a", "Priya Shah"), ("b", "Tom Reed"), ("c", "Tom Reedham"), ("d", "Zoë")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Priya please look", ("a",)),
        ("@priya shah and @Zoë!", ("a", "d")),
        ("@Tom, which one?", ()),
        ("@Tom Reedham not @Tom Reed", ("c", "b")),
        ("mail priya@shah.example, @Priyanka", ()),
        ("@ @@ @Priya@Priya", ("a",)),
    ],
)
def test_a_mention_is_a_whole_name_or_a_first_name_that_only_one_has(text: str, found: tuple[str, ...]) -> None:
    assert mentioned(text, AGENTS) == found


def test_a_variable_that_is_not_known_stays_to_be_seen() -> None:
    assert filled("Hello {first_name}, {what}?", {"first_name": "{what}"}) == "Hello {what}, {what}?"


@pytest.mark.parametrize(
    ("draft", "rules"),
    [
        ("Hello Ada, your parcel is in Leeds and comes on Friday.", []),
        ("You should have checked the size, as I already said.", ["blame", "blame"]),
        ("Calm down, please.", ["unkind"]),
        ("We guarantee it, as per the RMA.", ["promise", "jargon", "jargon"]),
        ("I\u2019ll say it again: you didn\u2019t read it.", ["blame"]),
        ("That is unkindly put.", []),
    ],
)
def test_a_draft_gets_a_hint_for_what_might_hurt_or_bind(draft: str, rules: list[str]) -> None:
    assert [hint.rule for hint in hints_for(draft)] == rules
    assert hints_for(draft, off={"blame", "unkind", "promise", "jargon"}) == []


def test_one_of_two_questions_that_is_left_out_is_named() -> None:
    asked = "Where is my parcel? And can I change the address?"
    assert [hint.quote for hint in hints_for("Your parcel is in Leeds and comes tomorrow.", asked)] == [
        "And can I change the address?"
    ]
    assert hints_for("The parcel is in Leeds; the address cannot be changed now.", asked) == []
    assert hints_for("It will be there on Friday, and yes, gladly.", asked) == []


def test_what_the_company_itself_says_needs_no_hint() -> None:
    answer = "Exchanges are free of charge."
    assert hints_for(f"Hello Ada!\n\n{answer}", quoted=[answer]) == []
    assert [hint.quote for hint in hints_for(f"{answer} I promise.", quoted=[answer])] == ["I promise"]


@given(st.text(max_size=300), st.text(max_size=100))
def test_a_hint_quotes_what_stands_there(draft: str, question: str) -> None:
    for hint in hints_for(draft, question):
        assert hint.quote in (draft if hint.rule != "unanswered" else question)


# ---- through the service ----------------------------------------------------------------------------------------


def held(office: Office, agent: Person, **columns: Any) -> Guest:
    guest = office.guest(**columns)
    office.says(guest, "where is my parcel")
    office.waits(guest)
    office.client.post(f"{guest.path}/take", headers=agent.headers)
    return guest


def here(office: Office, person: Person) -> None:
    office.client.get("/v1/queue", headers=person.headers)


def test_a_note_is_for_colleagues_only_and_names_reach_them(office: Office) -> None:
    bea, tom, foreign = office.person(name="Bea"), office.person(name="Tom"), office.person(departments=["sales"])
    guest = held(office, bea, department="returns")
    note = office.client.post(f"{guest.path}/notes", headers=bea.headers, json={"text": "@Tom a regular, be generous"})
    assert note.json()["mentions"] == [tom.agent_id]
    [shown] = office.client.get(f"{guest.path}/notes", headers=tom.headers).json()["notes"]
    assert (shown["text"], shown["agent"]["name"], shown["after_seq"]) == ("@Tom a regular, be generous", "Bea", 3)
    assert office.client.get(f"{guest.path}/notes", headers=foreign.headers).status_code == 404
    assert office.client.get(f"{guest.path}/notes", headers=guest.headers).status_code == 403
    assert "generous" not in office.client.get(f"{guest.path}/messages", headers=guest.headers).text
    [event] = office.read(lambda s: s.query(DeskEvent).filter(DeskEvent.kind == "note").all())
    assert event.payload["mentions"] == [tom.agent_id]
    assert office.client.post(f"{guest.path}/notes", headers=bea.headers, json={"text": "  "}).status_code == 422


def test_tags_are_kept_once_in_small_letters(office: Office) -> None:
    bea = office.person()
    guest = held(office, bea)
    body = {"tags": ["Late  parcel", "late parcel", "vip", " "]}
    kept = office.client.put(f"{guest.path}/tags", headers=bea.headers, json=body).json()
    assert kept == {"tags": ["late parcel", "vip"]}
    assert office.client.get(f"{guest.path}/notes", headers=bea.headers).json()["tags"] == ["late parcel", "vip"]


def test_a_chat_is_passed_to_a_colleague_who_is_there_with_a_note(office: Office) -> None:
    bea, tom = office.person(name="Bea"), office.person(name="Tom")
    guest = held(office, bea)
    body = {"agent_id": tom.agent_id, "note": "knows the carrier"}
    away = office.client.post(f"{guest.path}/transfer", headers=bea.headers, json=body)
    assert (away.status_code, away.json()["error"]["code"]) == (409, "agent_away")
    assert office.owner(guest) == "agent"
    here(office, tom)
    not_mine = office.client.post(f"{guest.path}/transfer", headers=tom.headers, json=body)
    assert not_mine.json()["error"]["code"] == "held_by_another"
    passed = office.client.post(f"{guest.path}/transfer", headers=bea.headers, json=body).json()
    assert passed["agent"] == {"agent_id": tom.agent_id, "name": "Tom"}
    lines = office.client.get(f"{guest.path}/messages", headers=guest.headers).json()["messages"]
    assert [line["text"] for line in lines[-2:]] == [
        "I'm passing you to Tom, with everything we said so far.",
        "Tom has joined the chat.",
    ]
    [note] = office.client.get(f"{guest.path}/notes", headers=tom.headers).json()["notes"]
    assert (note["text"], note["mentions"]) == ("@Tom knows the carrier", [tom.agent_id])


def test_a_chat_is_passed_to_a_department_and_waits_at_its_front(office: Office) -> None:
    bea, clerk = office.person(), office.person(departments=["returns"])
    other = office.guest()
    office.waits(other)
    guest = held(office, bea)
    passed = office.client.post(f"{guest.path}/transfer", headers=bea.headers, json={"department": "returns"})
    assert (passed.json()["owner"], passed.json()["agent"]) == ("queue", None)
    first = office.client.get("/v1/queue", headers=clerk.headers).json()["conversations"][0]
    assert (first["conversation_id"], first["department"]) == (guest.conversation_id, "returns")
    both = {"department": "returns", "agent_id": bea.agent_id}
    assert office.client.post(f"{guest.path}/transfer", headers=bea.headers, json=both).status_code == 422


def test_the_places_to_pass_a_chat_to_are_who_is_there(office: Office) -> None:
    bea, tom = office.person(name="Bea"), office.person(name="Tom")
    here(office, tom)
    places = office.client.get("/v1/desk/places", headers=bea.headers).json()
    assert [one["name"] for one in places["colleagues"]] == ["Tom"]


def test_snippets_are_found_by_their_words_and_filled_in_for_the_chat(office: Office) -> None:
    admin, bea, tom = office.person("admin"), office.person(name="Bea Ray"), office.person()
    guest = held(office, bea, name="Ada Byron")
    client = office.client
    shared = {"name": "Delay", "text": "Sorry {first_name}, {order_number} is late. {agent_name}", "shared": True}
    assert client.post("/v1/snippets", headers=bea.headers, json=shared).status_code == 403
    made = client.post("/v1/snippets", headers=admin.headers, json=shared).json()
    own = client.post("/v1/snippets", headers=bea.headers, json={"name": "Bye", "text": "No more delay, bye."}).json()
    found = client.get("/v1/snippets?q=delay", headers=bea.headers).json()["snippets"]
    assert [one["name"] for one in found] == ["Delay", "Bye"]
    filled_in = client.get(f"/v1/snippets?q=late&conversation_id={guest.conversation_id}", headers=bea.headers).json()
    assert [one["text"] for one in filled_in["snippets"]] == ["Sorry Ada, {order_number} is late. Bea Ray"]
    assert [one["name"] for one in client.get("/v1/snippets", headers=tom.headers).json()["snippets"]] == ["Delay"]
    for headers, status in ((tom.headers, 404), (bea.headers, 200)):
        assert client.delete(f"/v1/snippets/{own['snippet_id']}", headers=headers).status_code == status
    assert client.delete(f"/v1/snippets/{made['snippet_id']}", headers=bea.headers).status_code == 403
    changed = client.put(f"/v1/snippets/{made['snippet_id']}", headers=admin.headers, json=shared | {"text": "New"})
    assert changed.json()["text"] == "New"


def test_a_suggestion_becomes_a_personal_reply_and_a_draft_gets_its_hints(office: Office) -> None:
    bea = office.person(name="Bea Ray")
    guest = held(office, bea, name="Ada Byron")
    asked = office.says(guest, "still not here!")
    [suggestion] = office.found(guest, asked, "parcel")
    office.understood(guest, asked, frustration=0.8)
    body = {"suggestion_id": suggestion}
    draft = office.client.post(f"{guest.path}/draft", headers=bea.headers, json=body).json()["text"]
    assert draft.startswith("Hello Ada, this is Bea. I'm sorry about this;")
    assert "\n\nAbout parcel.\n\n" in draft
    other = held(office, bea)
    assert office.client.post(f"{other.path}/draft", headers=bea.headers, json=body).status_code == 404
    text = {"text": f"{draft} You should have asked."}
    hints = office.client.post(f"{guest.path}/hints", headers=bea.headers, json=text).json()["hints"]
    assert [(hint["rule"], hint["quote"]) for hint in hints] == [("blame", "You should have asked")]


def test_what_solved_the_same_before_is_shown_without_whose_it_was(office: Office) -> None:
    bea = office.person()
    client = office.client

    def solved(question: str, answer: str, stars: int | None) -> None:
        guest = held(office, bea, name="Zed Zimmer", stars=stars)
        office.says(guest, question)
        for number, text in enumerate(("Hello.", answer)):
            body = {"client_msg_id": str(number), "text": text}
            client.post(f"{guest.path}/agent-messages", headers=bea.headers, json=body)
        client.post(f"{guest.path}/close", headers=bea.headers)

    solved("the pole of my green tent broke in the wind, I am Zed", "Zed, the pole is sent to zed@example.org.", 5)
    solved("the pole of my green tent broke in the wind as well", "We cannot help.", 1)
    solved("how do I change the card I pay with every month", "In your account.", None)
    now = held(office, bea)
    office.says(now, "a pole of my tent broke in the wind")
    [one] = client.get(f"{now.path}/similar", headers=bea.headers).json()["conversations"]
    assert one["answer"] == "[name], the pole is sent to [e-mail]."
    assert "Zed" not in one["question"]
    assert 0.5 <= one["similarity"] <= 1
    assert np.isfinite(one["similarity"])
