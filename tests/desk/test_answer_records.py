"""What agents do with suggestions, what suggestions save, and which pairs are worth learning from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.desk.answers import share_changed
from api.desk.figures import Source, contradicted
from api.desk.holding_out import is_held_out
from api.desk.time_saved import saved
from api.store.tables import HandOff, Job, LabelledQuestion, Message, SuggestionFeedback
from tests.desk.office import Guest, Office, Person, open_office
from tests.desk.world import COMPANY


def held(office: Office, agent: Person, **columns: Any) -> Guest:
    guest = office.guest(**columns)
    office.waits(guest)
    assert office.client.post(f"{guest.path}/take", headers=agent.headers).status_code == 200
    return guest


def send(office: Office, guest: Guest, agent: Person, suggestion: str, text: str) -> None:
    body = {"client_msg_id": suggestion, "text": text, "suggestion_id": suggestion}
    assert office.client.post(f"{guest.path}/agent-messages", headers=agent.headers, json=body).status_code == 202


def judge(office: Office, headers: dict[str, str], suggestion: str, **what: Any) -> int:
    return office.client.patch(f"/v1/suggestions/{suggestion}/feedback", headers=headers, json=what).status_code


@pytest.mark.parametrize(
    ("answer", "sent", "share"),
    [
        ("It comes on Friday.", "Hello Ada!\n\nIt comes on Friday.\n\nIs that all right?", 0.0),
        ("It comes on Friday.", "It comes on Monday.", 0.25),
        ("It comes on Friday.", "No idea", 1.0),
        ("", "Anything", 0.0),
    ],
)
def test_what_was_edited_is_the_share_of_the_answer_that_did_not_go_out(answer: str, sent: str, share: float) -> None:
    assert share_changed(answer, sent) == share


def test_the_records_of_an_article_say_what_agents_did_with_it(office: Office) -> None:
    bea, tom, admin = office.person(), office.person(), office.person("admin")
    guest = held(office, bea)
    first, second = office.found(guest, office.says(guest, "where is it"), "parcel", "returns")
    judge(office, bea.headers, first, displayed=True, clicked=True)
    judge(office, tom.headers, first, displayed=True, correct="partly")
    assert judge(office, bea.headers, second, dismissed=True, dismissed_why="outdated") == 200
    assert judge(office, bea.headers, second, dismissed_why="because") == 422
    send(office, guest, bea, first, "Hello. About returns.")
    answer = office.client.get("/v1/reports/answers", headers=admin.headers).json()["articles"]
    assert answer == [
        {
            "article_id": "parcel", "title": "Parcel", "displayed": 2, "clicked": 1, "copied": 0, "sent": 1,
            "edited": 0.5, "dismissed": {}, "correct": {"partly": 1},
        },
        {
            "article_id": "returns", "title": "Returns", "displayed": 0, "clicked": 0, "copied": 0, "sent": 0,
            "edited": None, "dismissed": {"outdated": 1}, "correct": {},
        },
    ]  # fmt: skip


def test_a_question_answered_with_an_article_is_a_pair_until_somebody_has_looked_at_it(office: Office) -> None:
    bea, admin = office.person(), office.person("admin")
    office.article("parcel")
    guest = held(office, bea, name="Ada")
    asked = office.says(guest, "I am Ada, where is it")
    sent, _ = office.found(guest, asked, "parcel", "returns")
    rewritten = office.says(guest, "and the other one")
    [changed] = office.found(guest, rewritten, "parcel")
    send(office, guest, bea, sent, "About parcel. Anything else?")
    send(office, guest, bea, changed, "Something else entirely")
    judge(office, guest.headers, sent, helpful=True)

    def listed() -> list[dict[str, Any]]:
        pairs = office.client.get("/v1/review/pairs", headers=admin.headers).json()["pairs"]
        return [{name: pair[name] for name in ("message_id", "question", "article_id", "signs")} for pair in pairs]

    pair = {
        "message_id": asked,
        "question": "I am [name], where is it",
        "article_id": "parcel",
        "signs": ["sent", "helped"],
    }
    assert listed() == [pair]
    label = {"message_id": asked, "article_id": "parcel"}
    stored = office.client.post("/v1/labels", headers=admin.headers, json=label)
    assert stored.status_code == 201
    assert listed() == []
    assert (stored.json()["article_version"], bool(stored.json()["labelled_question_id"])) == (None, True)
    shown = office.client.get("/v1/review/pairs", headers=admin.headers).json()
    assert shown["learning"] is None  # no index was built since
    [confirmed] = shown["confirmed"]
    assert (confirmed["question"], confirmed["article_id"], confirmed["learnt"]) == (pair["question"], "parcel", False)
    [row] = office.read(lambda s: s.scalars(select(LabelledQuestion)).all())
    assert (row.split, row.article_ids, row.source) == ("waiting", ["parcel"], f"label:{confirmed['label_id']}")
    assert [job.arguments for job in office.read(lambda s: s.scalars(select(Job)).all())] == [{"kb": "main"}]
    office.client.delete(f"/v1/labels/{confirmed['label_id']}", headers=admin.headers)
    assert listed() == [pair]
    assert office.read(lambda s: s.scalars(select(LabelledQuestion)).all()) == []


def test_a_label_that_no_answer_record_agrees_with_is_a_question_of_its_article(office: Office) -> None:
    bea, admin = office.person(), office.person("admin")
    office.article("parcel")
    office.article("returns")
    guest = held(office, bea)
    asked = office.says(guest, "where is it")
    [sent] = office.found(guest, asked, "parcel")
    send(office, guest, bea, sent, "About parcel.")
    label = {"message_id": asked, "article_id": "returns"}
    stored = office.client.post("/v1/labels", headers=admin.headers, json=label).json()
    assert (stored["article_version"], stored["labelled_question_id"]) == (2, None)


@pytest.mark.parametrize("against", [{"helpful": False}, {"correct": "wrong"}])
def test_a_pair_that_somebody_spoke_against_is_none(office: Office, against: dict[str, Any]) -> None:
    bea, admin = office.person(), office.person("admin")
    guest = held(office, bea)
    [sent] = office.found(guest, office.says(guest, "where is it"), "parcel")
    send(office, guest, bea, sent, "About parcel.")
    judge(office, guest.headers if "helpful" in against else admin.headers, sent, **against)
    assert office.client.get("/v1/review/pairs", headers=admin.headers).json()["pairs"] == []


def test_the_share_that_goes_without_is_as_large_as_asked_and_always_the_same() -> None:
    ids = [f"conversation-{number}" for number in range(4_000)]
    without = [one for one in ids if is_held_out(one, 0.2)]
    assert 0.18 < len(without) / len(ids) < 0.22
    assert {one for one in ids if is_held_out(one, 0.1)} < set(without)
    assert not any(is_held_out(one, 0.0) for one in ids)


def test_an_interval_holds_the_true_difference_and_few_chats_have_none() -> None:
    with_them = [(True, 60.0 + number % 21) for number in range(105)]
    without = [(False, 90.0 + number % 21) for number in range(42)]
    measured = saved([*with_them, *without])
    assert measured.saved_s == pytest.approx(30)
    assert measured.low_s is not None
    assert measured.high_s is not None
    assert 26 < measured.low_s < 30 < measured.high_s < 34
    few = saved([(True, 1.0)] * 50 + [(False, 3.0)] * 4)
    assert (few.saved_s, few.low_s) == (2.0, None)
    assert saved([(True, 1.0)]).saved_s is None


def test_a_chat_that_goes_without_shows_no_suggestion_and_is_timed_as_such(tmp_path: Path) -> None:
    desk = COMPANY.desk.model_copy(update={"hold_out_share": 0.5})
    with open_office(tmp_path, company=COMPANY.model_copy(update={"desk": desk})) as office:
        bea, admin = office.person(), office.person("admin")
        chats = [held(office, bea) for _ in range(12)]
        seen = {}
        for guest in chats:
            asked = office.says(guest, "where is it")
            office.found(guest, asked, "parcel")
            found = office.client.post("/v1/suggestions", headers=bea.headers, json={"message_id": asked}).json()
            seen[guest.conversation_id] = bool(found["suggestions"])
            assert found.get("withheld", False) is not seen[guest.conversation_id]
            office.clock.advance(29 if seen[guest.conversation_id] else 59)
            office.says(guest, "here it is", sender="agent", agent_id=bea.agent_id)
            office.client.post(f"{guest.path}/close", headers=bea.headers)
            as_bot = {"Authorization": f"Bearer {office.secrets.internal}"}
            whole = office.client.post("/v1/suggestions", headers=as_bot, json={"message_id": asked}).json()
            assert len(whole["suggestions"]) == 1  # the bot says what it always says
        aided = {row.conversation_id: row.aided for row in office.read(lambda s: s.query(HandOff).all())}
        assert aided == seen
        assert len(set(seen.values())) == 2
        report = office.client.get("/v1/reports/time-saved", headers=admin.headers).json()
        assert report["share"] == 0.5
        assert report["reply"]["saved_s"] == pytest.approx(30)
        assert report["reply"]["with_chats"] == sum(seen.values())
        assert office.read(lambda s: s.query(SuggestionFeedback).count()) == 0
        assert office.read(lambda s: s.query(Message).filter(Message.sender == "agent").count()) == 12


RETURNS = Source("Returns", "You may return most things within 30 days. Postage for a return costs £3.50, or 5 % off.")


@pytest.mark.parametrize(
    ("draft", "found"),
    [
        ("You may return most things within 60 days.", [("60 days", "You may return most things within 30 days.")]),
        ("Most things you return within 30 days are fine.", []),
        ("The postage for your return costs £4.", [("£4", "Postage for a return costs £3.50, or 5 % off.")]),
        ("I called the depot; it comes in 2 days.", []),
        ("Your order of 60 days ago is here.", []),
        ("We return the postage: 7 percent off.", [("7 percent", "Postage for a return costs £3.50, or 5 % off.")]),
    ],
)
def test_a_figure_that_an_article_about_the_same_contradicts_is_named(draft: str, found: list[tuple[str, str]]) -> None:
    assert [(one.quote, one.says) for one in contradicted(draft, [RETURNS])] == found


def test_a_draft_against_an_article_gets_its_sentence_as_a_hint(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    bea = office.person()
    guest = held(office, bea)
    office.search.article_ids = ["returns"]
    found = office.search.find("", kb="main")
    says = "You may return most things within 30 days."
    internal = (replace(found.suggestions[0], title="Returns", passage=says),)
    monkeypatch.setattr(office.search, "find", lambda question, **_: replace(found, suggestions=(), internal=internal))
    text = {"text": "You may return most things within 60 days."}
    hints = office.client.post(f"{guest.path}/hints", headers=bea.headers, json=text).json()["hints"]
    assert hints == [{"rule": "figures", "quote": "60 days", "source": "Returns", "says": says}]
