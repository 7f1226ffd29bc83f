"""A real conversation becomes one that every later model is held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from api.privacy.erasure import erase_conversations
from api.privacy.holdings import held_about
from api.store.tables import Audit, Conversation, GoldenDialogue
from api.worker.dialogues import Came, Line, dialogue_file, read_dialogues
from api.worker.golden_dialogues import all_dialogues, stored
from tests.desk.office import Guest, Office


def chat(office: Office) -> Guest:
    """A question, a form with a telephone number in it, a button, anger, and a person who takes over."""
    guest = office.guest(name="Margaret Hale")

    def turn(said: str, outcome: str, intent: str, bot: dict[str, Any] | None = None, **understood: Any) -> str:
        pressed = {"button_id": "b" * 22} if said == "Yes, please" else {}
        message = office.says(guest, said, outcome=outcome, **pressed)
        suggestion = office.found(guest, message, "returns")[0] if outcome == "answer" else None
        turn_id = office.understood(guest, message, intent=intent, outcome=outcome, **understood)
        office.says(guest, "...", sender="bot", turn_id=turn_id, suggestion_id=suggestion, **(bot or {}))
        return message

    turn("can I send it back", "answer", "ask", frustration=0.1)
    asking = {"slots": {"requested_slot": "callback_phone"}}
    turn("ring me, it is Margaret Hale", "form", "request_callback", rasa_state=asking)
    turn("07911 123456", "form", "inform", rasa_state={"slots": {}})
    turn("Yes, please", "response", "affirm")
    turn("you are useless", "response", "insult", {"notice": "offer.text"}, frustration=0.9)
    turn("let me speak to a person", "queue", "request_person")
    office.says(guest, "are you there", outcome="agent")
    return guest


def kept(office: Office, guest: Guest, name: str = "a bad day") -> Any:
    body = {"conversation_id": guest.conversation_id, "name": name}
    return office.client.post("/v1/golden-dialogues", json=body, headers=office.person("admin").headers)


def test_a_conversation_is_kept_up_to_where_people_took_over_and_without_personal_data(office: Office) -> None:
    shown = kept(office, chat(office))
    assert shown.status_code == 201
    assert shown.json()["lines"] == [
        {"says": "can I send it back", "outcome": "answer", "article": "returns"},
        {"says": "ring me, it is Alex Alex", "outcome": "form", "intent": "request_callback", "asks": "callback_phone"},
        {"says": "07700 900123", "outcome": "form", "intent": "inform", "asks": "nothing"},
        {"presses": "Yes, please", "outcome": "response", "intent": "affirm"},
        {"says": "you are useless", "outcome": "response", "intent": "insult", "offers": True, "upset": True},
        {"says": "let me speak to a person", "outcome": "queue", "intent": "request_person"},
    ]
    audited = office.read(lambda s: s.scalar(select(Audit).where(Audit.action == "keep_dialogue")))
    assert audited is not None


def test_candidates_are_held_to_it_until_somebody_lets_go(office: Office, tmp_path: Path) -> None:
    golden_id = kept(office, chat(office)).json()["golden_id"]
    [dialogue] = office.read(lambda s: all_dialogues(s, tmp_path))
    assert dialogue.name == "a bad day"
    assert dialogue.lines[1] == Line(
        "ring me, it is Alex Alex", False, Came("form", "request_callback", asks="callback_phone")
    )
    headers = office.person("admin").headers
    listed = office.client.get("/v1/golden-dialogues", headers=headers).json()["dialogues"]
    assert (listed[0]["name"], listed[0]["golden_id"]) == ("a bad day", golden_id)
    assert {one["golden_id"] for one in listed[1:]} == {None}  # the file's own
    path = f"/v1/golden-dialogues/{golden_id}"
    assert office.client.delete(path, headers=headers).status_code == 204
    assert office.read(lambda s: all_dialogues(s, tmp_path)) == []
    assert office.client.delete(path, headers=headers).status_code == 404


def test_a_name_is_given_once_and_a_conversation_without_the_bot_is_refused(office: Office) -> None:
    guest = chat(office)
    assert kept(office, guest).status_code == 201
    assert kept(office, guest).json()["error"]["code"] == "name_taken"
    silent = office.guest()
    office.says(silent, "hello", outcome="agent")
    assert kept(office, silent, "silence").json()["error"]["code"] == "nothing_to_keep"
    assert kept(office, Guest("x" * 22, {}), "nobody").status_code == 404


def test_it_is_written_to_the_file_once_and_counts_from_there(office: Office, tmp_path: Path) -> None:
    kept(office, chat(office), 'what "they" said: a bad day')
    (tmp_path / "dialogues.yml").write_text("- dialogue: hello\n  lines:\n    - {says: hello, outcome: response}\n")
    made = office.read(stored)
    [(name, text)] = dialogue_file(tmp_path, made).items()
    assert text is not None
    (tmp_path / name).write_text(text)
    assert read_dialogues(tmp_path)[1:] == made
    assert text.startswith("- dialogue: hello\n")
    assert dialogue_file(tmp_path, made) == {}
    assert office.read(lambda s: len(all_dialogues(s, tmp_path))) == 2


def test_it_is_shown_to_the_customer_who_asks_and_erased_with_what_they_wrote(office: Office) -> None:
    guest = chat(office)
    kept(office, guest)
    ids = [guest.conversation_id]
    assert len(office.read(lambda s: held_about(s, ids))["golden_dialogue"]) == 1
    touched = office.write(lambda s: erase_conversations(s, ids, at=office.clock.now()))
    assert touched["golden_dialogue"] == 1
    assert office.read(lambda s: s.scalars(select(GoldenDialogue)).all()) == []


def test_it_goes_when_the_conversation_is_not_kept_any_longer(office: Office) -> None:
    guest = chat(office)
    kept(office, guest)
    office.write(lambda s: s.execute(delete(Conversation).where(Conversation.id == guest.conversation_id)))
    assert office.read(lambda s: s.scalars(select(GoldenDialogue)).all()) == []
