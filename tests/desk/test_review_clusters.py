"""The inbox of what went wrong: together by meaning, labelled at one stroke, taken back, never written over unseen."""

from __future__ import annotations

from typing import Any

import pytest

from api.store.tables import Article, Audit, Intent, TrainingExample
from tests.desk.office import Office


def misunderstood(office: Office, *texts: str, frustration: float = 0.0, name: str = "Guest") -> list[str]:
    """Messages of one customer each, none of them understood."""
    said = []
    for text in texts:
        guest = office.guest(name=name)
        said.append(office.says(guest, text))
        office.understood(guest, said[-1], outcome="fallback", intent="ask", confidence=0.1, frustration=frustration)
    return said


def call(office: Office, method: str, path: str, **options: Any) -> Any:
    headers = options.pop("headers", None) or office.person("admin").headers
    return office.client.request(method, path, headers=headers, **options)


def inbox(office: Office, likely: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(office, "GET", f"/v1/review/clusters{likely}").json()["clusters"]
    return found


def examples(office: Office) -> list[tuple[str, str]]:
    rows = office.read(lambda s: s.query(TrainingExample).filter(TrainingExample.deleted_at.is_(None)).all())
    return sorted((row.intent, row.text) for row in rows)


def intents(office: Office, *names: str) -> None:
    for name in names:
        office.write(lambda s: s.add(Intent(name=name, outcome="search", created_at=office.clock.now())))  # noqa: B023


@pytest.fixture
def zips(office: Office) -> list[str]:
    intents(office, "ask", "zip_repair", "out_of_scope")
    return misunderstood(office, "mend my zip", "mend my zip please", "please mend my zip", frustration=0.5)


def test_messages_that_mean_the_same_lie_together_and_what_matters_most_comes_first(office: Office, zips) -> None:
    misunderstood(office, "sing a song")
    first, second = inbox(office)
    assert (first["conversations"], first["impact"], first["frustration"]) == (3, 4.5, 0.5)
    assert sorted(row["message_id"] for row in first["messages"]) == sorted(zips)
    assert first["reasons"] == {"low_confidence": 3}
    assert (second["says"], second["impact"]) == ("sing a song", 1.0)


def test_the_nearest_known_sentences_suggest_labels(office: Office, zips) -> None:
    office.write(
        lambda s: s.add(TrainingExample(intent="zip_repair", text="mend the zip", created_at=office.clock.now()))
    )
    office.article("mending", questions=["how do I mend my zip"])
    assert inbox(office)[0]["likely"] == []
    [cluster] = inbox(office, "?likely=true")
    assert [(label["kind"], label["name"], label["title"]) for label in cluster["likely"]] == [
        ("article", "mending", "Mending"),
        ("intent", "zip_repair", "zip_repair"),
    ]


def test_personal_data_is_masked_in_the_inbox(office: Office) -> None:
    misunderstood(office, "I am Ann Webb, write to ann@webb.example", name="Ann Webb")
    [cluster] = inbox(office)
    assert cluster["says"] == "I am [name] [name], write to [e-mail]"
    assert cluster["messages"][0]["text"] == cluster["says"]


def test_a_cluster_is_labelled_at_one_stroke_and_taken_back_at_one(office: Office, zips) -> None:
    told = call(office, "POST", "/v1/labels/bulk", json={"message_ids": zips, "intent": "zip_repair"})
    assert told.status_code == 201
    assert sorted(told.json()["labelled"]) == sorted(zips)
    assert [intent for intent, _ in examples(office)] == ["zip_repair"] * 3
    assert inbox(office) == []
    undone = call(office, "DELETE", f"/v1/labels/bulk/{told.json()['batch']}")
    assert sorted(undone.json()["message_ids"]) == sorted(zips)
    assert examples(office) == []
    assert len(inbox(office)) == 1
    assert call(office, "DELETE", f"/v1/labels/bulk/{told.json()['batch']}").status_code == 404


def test_what_somebody_labelled_meanwhile_is_left_alone(office: Office, zips) -> None:
    ben = office.person("admin", name="Ben").headers
    call(office, "POST", "/v1/labels", json={"message_id": zips[0], "verdict": "not_for_us"}, headers=ben)
    told = call(office, "POST", "/v1/labels/bulk", json={"message_ids": zips, "intent": "zip_repair"}).json()
    assert told["left_alone"] == [zips[0]]
    guarded = {"message_id": zips[0], "intent": "zip_repair", "replaces": None}
    refused = call(office, "POST", "/v1/labels", json=guarded)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "labelled_meanwhile")
    assert refused.json()["error"]["message"] == "Ben has labelled this message meanwhile."
    assert ("out_of_scope", "mend my zip") in examples(office)


def test_who_has_seen_the_label_may_replace_it_and_taking_that_back_brings_the_first_one_back(
    office: Office, zips
) -> None:
    first = call(office, "POST", "/v1/labels", json={"message_id": zips[0], "intent": "zip_repair"}).json()
    office.clock.advance(1)
    second = call(
        office, "POST", "/v1/labels", json={"message_id": zips[0], "intent": "ask", "replaces": first["label_id"]}
    )
    assert second.status_code == 201
    assert examples(office) == [("ask", "mend my zip")]
    office.clock.advance(1)
    undone = call(office, "DELETE", f"/v1/labels/{second.json()['label_id']}").json()
    assert undone["standing"]["label_id"] == first["label_id"]
    assert examples(office) == [("zip_repair", "mend my zip")]
    assert call(office, "DELETE", f"/v1/labels/{second.json()['label_id']}").status_code == 409
    deeds = office.read(lambda s: [row.action for row in s.query(Audit).order_by(Audit.id)])
    assert "undo_label" in deeds


def test_labels_say_who_gave_them_and_when(office: Office, zips) -> None:
    ada = office.person("admin", name="Ada").headers
    call(office, "POST", "/v1/labels", json={"message_id": zips[0], "verdict": "skip"}, headers=ada)
    rows = call(office, "GET", "/v1/review?labelled=true").json()["messages"]
    [label] = rows[0]["labels"]
    assert (label["by"], label["verdict"]) == ("Ada", "skip")
    assert label["created_at"]


def test_a_new_intent_is_made_with_its_outcome_or_not_at_all(office: Office, zips) -> None:
    without = {"message_id": zips[0], "new_intent": {"name": "repairs"}}
    assert call(office, "POST", "/v1/labels", json=without).status_code == 422
    new = {"name": "repairs", "outcome": "article", "target": "mending"}
    stored = call(office, "POST", "/v1/labels/bulk", json={"message_ids": zips, "new_intent": new})
    assert stored.status_code == 201
    assert office.read(lambda s: s.get_one(Intent, "repairs").target) == "mending"
    assert [intent for intent, _ in examples(office)] == ["repairs"] * 3
    again = call(office, "POST", "/v1/labels", json={"message_id": zips[0], "new_intent": new})
    assert again.status_code == 409


def test_what_is_missing_is_drafted_from_the_agents_real_answer(office: Office) -> None:
    intents(office, "ask")
    [asked] = misunderstood(office, "Do you mend zips?", name="Ann Webb")
    guest = office.read(lambda s: _conversation_of(s, asked))
    office.says(guest, "Hello Ann, yes: post it to us and we mend it for £15.", sender="agent")
    office.says(guest, "thanks", sender="customer")
    stored = call(office, "POST", "/v1/labels", json={"message_id": asked, "verdict": "missing"}).json()
    assert stored["draft_id"] == "do-you-mend-zips"
    draft = call(office, "GET", "/v1/articles/do-you-mend-zips").json()
    assert draft["body"] == "Hello [name], yes: post it to us and we mend it for £15."
    assert (draft["title"], draft["questions"], draft["state"]) == ("Do you mend zips", ["Do you mend zips?"], "draft")
    assert office.client.get("/help/do-you-mend-zips").status_code == 404
    undone = call(office, "DELETE", f"/v1/labels/{stored['label_id']}")
    assert undone.status_code == 200
    assert call(office, "GET", "/v1/articles/do-you-mend-zips").status_code == 404
    assert office.read(lambda s: s.get_one(Article, ("main", "do-you-mend-zips")).draft) is None


def test_without_an_agents_answer_the_gap_is_noted_and_nothing_is_made_up(office: Office) -> None:
    intents(office, "ask")
    [asked] = misunderstood(office, "Do you mend zips?")
    stored = call(office, "POST", "/v1/labels", json={"message_id": asked, "verdict": "missing"}).json()
    assert (stored["verdict"], stored["draft_id"]) == ("missing", None)
    assert examples(office) == [("ask", "Do you mend zips?")]


def test_only_administrators_review(office: Office, zips) -> None:
    agent = office.person().headers
    for method, path in (("GET", "/v1/review/clusters"), ("DELETE", "/v1/labels/x"), ("DELETE", "/v1/labels/bulk/x")):
        assert call(office, method, path, headers=agent).status_code in {403, 404}
    refused = call(office, "POST", "/v1/labels/bulk", json={"message_ids": zips, "verdict": "skip"}, headers=agent)
    assert refused.status_code in {403, 404}


def _conversation_of(session: Any, message_id: str) -> Any:
    from api.store.tables import Message
    from tests.desk.office import Guest

    return Guest(session.get_one(Message, message_id).conversation_id, {})
