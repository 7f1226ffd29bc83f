"""The administrator looks at what went wrong and says what it meant."""

from __future__ import annotations

from typing import Any

import pytest

from api.store.tables import Intent, Job, SuggestionFeedback, TrainingExample
from tests.desk.office import Guest, Office


def bad_day(office: Office) -> dict[str, str]:
    """Four messages: one understood, one hardly, one answered wrongly, one handed off; and 'that did not help'."""
    guest = office.guest()
    said: dict[str, str] = {}

    def ask(name: str, text: str, **turn: Any) -> str:
        said[name] = office.says(guest, text)
        turn_id = office.understood(guest, said[name], **turn)
        office.says(guest, f"Answer to {name}.", sender="bot", turn_id=turn_id)
        return turn_id

    ask("fine", "where is my parcel", outcome="answer", intent="ask", confidence=0.9, search_confidence=0.9)
    ask("unsure", "zip broken??", outcome="clarify", intent="ask", confidence=0.3, search_confidence=0.2)
    ask("wrong", "do you ship to Norway", outcome="answer", intent="ask", confidence=0.9, search_confidence=0.7)
    office.found(guest, said["wrong"], "returns")
    ask("rejection", "no that is not it", outcome="rejected", intent="deny", confidence=0.9)
    ask("person", "let me talk to a human", outcome="none", intent="request_person", confidence=0.95)
    office.waits(guest, message_id=said["person"])
    return said


def review(office: Office, **query: Any) -> list[dict[str, Any]]:
    answer = office.client.get("/v1/review", params=query, headers=office.person("admin").headers)
    rows: list[dict[str, Any]] = answer.json()["messages"]
    return rows


def test_the_list_holds_what_was_unsure_rejected_or_handed_off_and_nothing_else(office: Office) -> None:
    said = bad_day(office)
    rows = review(office)
    assert [(row["message_id"], row["reason"]) for row in rows] == [
        (said["person"], "hand_off"),
        (said["wrong"], "rejected"),
        (said["unsure"], "low_confidence"),
    ]
    wrong = rows[1]
    assert wrong["text"] == "do you ship to Norway"
    assert wrong["answer_shown"] == "Answer to wrong."
    assert wrong["top_article"] == {"article_id": "returns", "title": "Returns"}
    assert (wrong["intent"], wrong["confidence"], wrong["outcome"]) == ("ask", 0.9, "answer")
    assert [row["message_id"] for row in review(office, reason="rejected")] == [said["wrong"]]


def test_a_thumb_down_under_an_answer_rejects_it(office: Office) -> None:
    guest = office.guest()
    asked = office.says(guest, "how do I pay")
    [suggestion] = office.found(guest, asked, "payment")
    now = office.clock.now()
    thumb = SuggestionFeedback(suggestion_id=suggestion, caller="customer", helpful=False, updated_at=now)
    office.write(lambda session: session.add(thumb))
    assert [(row["message_id"], row["reason"]) for row in review(office)] == [(asked, "rejected")]


def test_a_suggestion_that_an_agent_sent_in_other_words_is_worth_a_look(office: Office) -> None:
    guest = office.guest()
    asked = {words: office.says(guest, words) for words in ("how do I pay", "which cards")}
    now = office.clock.now()
    for words, sent in (("how do I pay", "By card or bank transfer."), ("which cards", "About payment.")):
        [suggestion] = office.found(guest, asked[words], "payment")
        used = SuggestionFeedback(suggestion_id=suggestion, caller="agent:a", sent=True, sent_text=sent, updated_at=now)
        office.write(lambda session, row=used: session.add(row))
    assert [(row["message_id"], row["reason"]) for row in review(office)] == [(asked["how do I pay"], "edited")]


def test_an_agent_who_answered_at_length_without_the_suggestion_said_something_else(office: Office) -> None:
    guest = office.guest()
    asked = office.says(guest, "may I pay by invoice")
    office.found(guest, asked, "payment")
    office.says(guest, "Hello, this is Ada.", sender="agent")
    assert review(office) == []
    again = office.says(guest, "so may I pay by invoice")
    office.found(guest, again, "payment")
    office.says(guest, "Companies may, once we have seen a purchase order; write to us first.", sender="agent")
    assert [(row["message_id"], row["reason"]) for row in review(office)] == [(again, "edited")]


def test_a_clarification_failed_when_the_next_message_got_no_answer_either(office: Office) -> None:
    for then, reasons in (("answer", ["low_confidence"]), ("fallback", ["clarify_failed", "low_confidence"])):
        guest = office.guest()
        asked = office.says(guest, f"zip broken, then {then}")
        office.understood(guest, asked, outcome="clarify", intent="ask", confidence=0.3)
        following = office.says(guest, "the teeth")
        office.understood(guest, following, outcome=then, intent="ask", confidence=0.9, search_confidence=0.9)
        [row] = [row for row in review(office) if row["message_id"] == asked]
        assert row["reasons"] == reasons


def test_an_intent_that_hardly_beat_the_search_is_worth_a_look(office: Office) -> None:
    guest = office.guest()
    close, clear = office.says(guest, "call me about returns"), office.says(guest, "hello")
    office.understood(guest, close, outcome="form", intent="request_callback", confidence=0.7, search_confidence=0.6)
    office.understood(guest, clear, outcome="response", intent="greet", confidence=0.95, search_confidence=0.6)
    assert [(row["message_id"], row["reason"]) for row in review(office)] == [(close, "disagreement")]


def test_pages_of_the_list_lose_nothing(office: Office) -> None:
    guest = office.guest()
    asked = [office.says(guest, f"question {number}") for number in range(5)]
    for message in asked:
        office.understood(guest, message, outcome="fallback", intent="ask", confidence=0.1)
    seen: list[str] = []
    before: str | None = None
    while True:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = office.client.get("/v1/review", params=query, headers=office.person("admin").headers).json()
        seen += [row["message_id"] for row in page["messages"]]
        before = page["next_before"]
        if before is None:
            break
    assert seen == list(reversed(asked))


def label(office: Office, message_id: str, **meaning: str) -> Any:
    headers = office.person("admin").headers
    return office.client.post("/v1/labels", json={"message_id": message_id, **meaning}, headers=headers)


def add_intents(office: Office, *names: str) -> None:
    for name in names:
        office.write(lambda s: s.add(Intent(name=name, outcome="search", created_at=office.clock.now())))  # noqa: B023


def examples(office: Office) -> list[tuple[str, str]]:
    rows = office.read(lambda s: s.query(TrainingExample).filter(TrainingExample.deleted_at.is_(None)).all())
    return [(row.intent, row.text) for row in rows]


def test_a_label_to_an_intent_is_a_training_example(office: Office) -> None:
    said = bad_day(office)
    add_intents(office, "warranty", "ask")
    stored = label(office, said["unsure"], intent="warranty")
    assert stored.status_code == 201
    assert stored.json()["training_example_id"]
    assert examples(office) == [("warranty", "zip broken??")]
    assert said["unsure"] not in [row["message_id"] for row in review(office)]
    [row] = [row for row in review(office, labelled=True) if row["message_id"] == said["unsure"]]
    assert row["labels"][0]["intent"] == "warranty"


def test_a_second_label_takes_back_what_the_first_taught(office: Office) -> None:
    said = bad_day(office)
    add_intents(office, "warranty", "ask", "out_of_scope")
    label(office, said["unsure"], intent="warranty")
    label(office, said["unsure"], intent="ask")
    assert examples(office) == [("ask", "zip broken??")]
    label(office, said["unsure"], verdict="not_for_us")
    assert examples(office) == [("out_of_scope", "zip broken??")]
    label(office, said["unsure"], verdict="right")
    assert examples(office) == []


def test_a_label_to_an_article_becomes_one_of_its_questions(office: Office) -> None:
    said = bad_day(office)
    office.article("shipping", questions=["where do you deliver"])
    stored = label(office, said["wrong"], article_id="shipping")
    assert (stored.status_code, stored.json()["article_version"]) == (201, 2)
    headers = office.person("admin").headers
    article = office.client.get("/v1/articles/shipping", headers=headers).json()
    assert article["questions"] == ["where do you deliver", "do you ship to Norway"]
    assert [version["version"] for version in article["versions"]] == [2, 1]
    jobs = office.read(lambda s: [(job.kind, job.arguments) for job in s.query(Job)])
    assert jobs == [("index", {"kb": "main"})]


def test_a_label_to_the_wrong_article_leaves_no_question_behind(office: Office) -> None:
    said = bad_day(office)
    headers = office.person("admin").headers

    def questions(article_id: str) -> list[str]:
        article = office.client.get(f"/v1/articles/{article_id}", headers=headers).json()
        known: list[str] = article["questions"]
        return known

    office.article("returns", questions=["can I send it back"])
    office.article("shipping", questions=["where do you deliver"])
    label(office, said["wrong"], article_id="returns")
    office.clock.advance(1)
    label(office, said["wrong"], article_id="shipping")
    assert questions("returns") == ["can I send it back"]
    assert questions("shipping") == ["where do you deliver", "do you ship to Norway"]
    office.clock.advance(1)
    label(office, said["wrong"], article_id="shipping")
    assert questions("shipping") == ["where do you deliver", "do you ship to Norway"]
    office.clock.advance(1)
    label(office, said["wrong"], verdict="skip")
    assert questions("shipping") == ["where do you deliver"]


@pytest.mark.parametrize(
    ("meaning", "status"),
    [({"intent": "unheard_of"}, 422), ({"article_id": "unheard-of"}, 404), ({"verdict": "maybe"}, 422), ({}, 422),
     ({"intent": "a", "verdict": "right"}, 422), ({"intent": "DROP TABLE"}, 422)],
)  # fmt: skip
def test_labels_that_mean_nothing_are_refused_and_leave_nothing(
    office: Office, meaning: dict[str, str], status: int
) -> None:
    said = bad_day(office)
    assert label(office, said["unsure"], **meaning).status_code == status
    assert examples(office) == []
    assert said["unsure"] in [row["message_id"] for row in review(office)]


def test_only_customers_messages_are_labelled(office: Office) -> None:
    guest = Guest(*vars(office.guest()).values())
    said = office.says(guest, "I am the bot", sender="bot")
    assert label(office, said, verdict="right").status_code == 422
    assert label(office, "no-such-message", verdict="right").status_code == 404


def test_intents_are_added_listed_with_their_examples_and_removed(office: Office) -> None:
    headers = office.person("admin").headers
    new = {"name": "loyalty_points", "outcome": "article", "target": "points", "description": "Points and tiers"}
    assert office.client.post("/v1/intents", json=new, headers=headers).status_code == 201
    assert office.client.post("/v1/intents", json=new, headers=headers).status_code == 409
    guest = office.guest()
    label(office, office.says(guest, "how many points do I have"), intent="loyalty_points")
    [intent] = office.client.get("/v1/intents", headers=headers).json()["intents"]
    assert (intent["name"], intent["outcome"], intent["target"], intent["examples"]) == (
        "loyalty_points", "article", "points", 1,
    )  # fmt: skip
    assert office.client.delete("/v1/intents/loyalty_points", headers=headers).status_code == 204
    assert office.client.get("/v1/intents", headers=headers).json() == {"intents": []}
    for bad in ({"outcome": "article"}, {"name": "Two Words"}, {"outcome": "search", "target": "x"}):
        assert office.client.post("/v1/intents", json=new | {"target": None} | bad, headers=headers).status_code == 422
