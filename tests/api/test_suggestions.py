"""Bot and agent get the same suggestions, whoever asks first."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from api.store.tables import Article, ArticleVersion, SuggestionFeedback, SuggestionSet
from kb_index.parts import FindingInParts, Part
from kb_index.search import Finding
from tests.fakes import FakeRasa, WordFinder
from tests.running import BOT, Customer, RunningApi

SOME = ["where", "is", "my", "parcel", "returns", "send", "back", "days", "lost", "😀", "/", "yes"]
WORDS = st.lists(st.sampled_from(SOME), min_size=1, max_size=8)


def ask(api: RunningApi, headers: object, **body: object) -> dict[str, object]:
    answer = api.http.post("/v1/suggestions", json=body, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def message_id(customer: Customer, seq: int = 1) -> str:
    return str(customer.page()["messages"][seq - 1]["message_id"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS, order=st.permutations(["bot", "agent", "other agent"]))
def test_bot_and_agents_read_the_same_set(api: RunningApi, words: list[str], order: list[str]) -> None:
    who = {"bot": BOT, "agent": api.agent(name="Ana"), "other agent": api.agent(name="Ben")}
    customer = api.customer()
    sent = customer.send(" ".join(words))["message_id"]
    sets = {name: ask(api, who[name], message_id=sent) for name in order}
    api.settled()
    sets["bot again"] = ask(api, BOT, message_id=sent)
    internal = sets["agent"].pop("internal")
    assert internal == sets["other agent"].pop("internal")
    assert all(one == sets["bot"] for one in sets.values())
    assert all("internal" not in one for one in sets.values())
    count = api.store.read_sync(
        lambda s: s.scalar(select(func.count()).select_from(SuggestionSet).where(SuggestionSet.message_id == sent))
    )
    assert count == 1


def test_many_who_ask_at_once_get_the_same_set(any_api: RunningApi) -> None:
    customer, ana = any_api.customer(), any_api.agent()
    sent = customer.send("where is my parcel")["message_id"]
    with ThreadPoolExecutor(12) as pool:
        sets = list(pool.map(lambda n: ask(any_api, BOT if n % 2 else ana, message_id=sent), range(24)))
    assert len({str(one["suggestion_set_id"]) for one in sets}) == 1


def test_each_question_of_a_message_keeps_its_own_suggestions(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(question: str, **options: Any) -> Finding:
        found = WordFinder().find("where is my parcel send it back", **{**options, "limit": 5})
        parts = (Part("where is my parcel", "answer", ("parcel",)), Part("send it back", "answer", ("returns",)))
        fields = {field.name: getattr(found, field.name) for field in dataclasses.fields(Finding)}
        return FindingInParts(**fields, parts=parts)

    monkeypatch.setattr(api.finder, "find", find)
    sent = api.customer().send("where is my parcel? how do I send it back?")["message_id"]
    one = ask(api, BOT, message_id=sent)
    ids = {found["article_id"]: found["suggestion_id"] for found in one["suggestions"]}  # type: ignore[attr-defined]
    assert one["parts"] == [
        {"question": "where is my parcel", "decision": "answer", "suggestion_ids": [ids["parcel"]]},
        {"question": "send it back", "decision": "answer", "suggestion_ids": [ids["returns"]]},
    ]
    assert "parts" not in ask(api, BOT, message_id=sent, limit=1)  # what is not shown cannot be spoken of


def test_a_set_says_what_it_was_made_from(api: RunningApi) -> None:
    customer = api.customer()
    customer.ask("where is my parcel")
    found = ask(api, api.agent(), message_id=message_id(customer))
    [first, *_] = found["suggestions"]  # type: ignore[misc]
    assert (first["article_id"], first["url"], found["decision"]) == ("parcel", "/help/parcel", "answer")
    assert (found["kb_version"], found["model_version"]) == ("kb-1", "words-1")
    assert [one["article_id"] for one in found["internal"]] == ["staff-note"]  # type: ignore[attr-defined]
    assert -1 <= first["similarity"] <= 1
    assert 0 <= first["confidence"] <= 1


def test_what_was_said_before_is_part_of_the_question(api: RunningApi) -> None:
    customer = api.customer()
    customer.ask("where is my parcel")
    customer.ask("and to Norway?")
    question, history = api.finder.asked[-1]
    assert question == "and to Norway?"
    assert [(line.speaker, line.text) for line in history] == [
        ("customer", "where is my parcel"),
        ("bot", "You said: where is my parcel"),
    ]


def test_a_question_of_ones_own_is_answered_with_the_chat_it_stands_in(api: RunningApi) -> None:
    customer, ana = api.customer(), api.agent()
    customer.ask("where is my parcel")
    found = ask(api, ana, question="lost parcel", conversation_id=customer.conversation_id, limit=1)
    assert len(found["suggestions"]) == 1  # type: ignore[arg-type]
    assert api.finder.asked[-1][1][0].text == "where is my parcel"
    assert "internal" not in ask(api, BOT, question="lost parcel")


@pytest.mark.parametrize(
    "body", [{}, {"message_id": "x", "question": "y"}, {"question": "y", "limit": 11}, {"question": ""}]
)
def test_a_query_of_another_shape_is_refused(api: RunningApi, body: object) -> None:
    assert api.http.post("/v1/suggestions", json=body, headers=BOT).status_code == 422


def test_customers_may_not_ask_for_suggestions_and_unknown_messages_do_not_exist(api: RunningApi) -> None:
    customer = api.customer()
    assert api.http.post("/v1/suggestions", json={"question": "x"}, headers=customer.headers).status_code == 403
    assert api.http.post("/v1/suggestions", json={"question": "x"}).status_code == 401
    assert api.http.post("/v1/suggestions", json={"message_id": "nope"}, headers=BOT).status_code == 404


def test_a_deleted_article_is_never_suggested_whatever_the_index_says(any_api: RunningApi) -> None:
    def delete(session: object) -> None:
        session.get(Article, ("main", "parcel")).deleted_at = datetime.now(UTC)  # type: ignore[attr-defined]

    any_api.store.write_sync(delete)
    found = ask(any_api, any_api.agent(), question="where is my parcel")
    assert "parcel" not in str(found["suggestions"])


def test_an_article_that_became_internal_is_not_shown_to_customers(api: RunningApi) -> None:
    def hide(session: object) -> None:
        session.get(ArticleVersion, ("main", "parcel", 1)).audience = "internal"  # type: ignore[attr-defined]

    api.store.write_sync(hide)
    found = ask(api, BOT, question="where is my parcel")
    assert "parcel" not in [one["article_id"] for one in found["suggestions"]]  # type: ignore[attr-defined]
    assert found["decision"] == "offer_person"


def test_feedback_adds_up_and_belongs_to_its_caller(any_api: RunningApi) -> None:
    customer, other, ana = any_api.customer(), any_api.customer(), any_api.agent()
    customer.ask("where is my parcel")
    found = ask(any_api, ana, message_id=message_id(customer))
    path = f"/v1/suggestions/{found['suggestions'][0]['suggestion_id']}/feedback"  # type: ignore[index]
    secret = f"/v1/suggestions/{found['internal'][0]['suggestion_id']}/feedback"  # type: ignore[index]
    any_api.http.patch(path, json={"displayed": True}, headers=ana)
    kept = any_api.http.patch(path, json={"clicked": True, "correct": "partly"}, headers=ana).json()
    assert (kept["displayed"], kept["clicked"], kept["correct"], kept["helpful"]) == (True, True, "partly", None)
    assert any_api.http.patch(path, json={"helpful": False}, headers=customer.headers).status_code == 200
    assert any_api.http.patch(path, json={"helpful": True}, headers=other.headers).status_code == 404
    assert any_api.http.patch(secret, json={"helpful": True}, headers=customer.headers).status_code == 404
    assert any_api.http.patch(path, json={"correct": "maybe"}, headers=ana).status_code == 422
    assert any_api.http.patch(path, json={"helpful": "yes"}, headers=ana).status_code == 422
    rows = any_api.store.read_sync(lambda s: s.scalars(select(SuggestionFeedback)).all())
    assert {row.caller.split(":")[0]: row.helpful for row in rows} == {"agent": None, "customer": False}


def test_feedback_over_the_socket_is_recorded_and_starts_no_turn(api: RunningApi, rasa: FakeRasa) -> None:
    customer = api.customer()
    customer.ask("where is my parcel")
    found = ask(api, BOT, message_id=message_id(customer))
    with customer.chat() as chat:
        chat.say("feedback", suggestion_id=found["suggestions"][0]["suggestion_id"], helpful=True)  # type: ignore[index]
        chat.say("ping")
        chat.hear("pong")
        chat.say("feedback", suggestion_id="nope", helpful=True)
        assert chat.hear("error")["error"]["code"] == "not_found"
    [row] = api.store.read_sync(lambda s: s.scalars(select(SuggestionFeedback)).all())
    assert (row.caller, row.helpful) == ("customer", True)
    assert len(rasa.turns) == 1


def test_the_bots_answer_shows_its_source(api: RunningApi, rasa: FakeRasa) -> None:
    def answer(call: object) -> None:
        found = ask(api, BOT, message_id=call.request["message_id"])  # type: ignore[attr-defined]
        best = found["suggestions"][0]  # type: ignore[index]
        body = rasa.answer(call.request, best["answer"])  # type: ignore[attr-defined]
        body["replies"][0]["suggestion_id"] = best["suggestion_id"]
        call.send(200, body)  # type: ignore[attr-defined]

    rasa.behave = answer
    [line] = api.customer().ask("where is my parcel")
    assert line["source"] == {"title": "Where is my parcel", "url": "/help/parcel"}


def test_the_bots_own_question_belongs_to_its_conversation(api: RunningApi) -> None:
    customer, other = api.customer(), api.customer()
    customer.ask("hello")
    found = ask(api, BOT, question="where is my parcel", conversation_id=customer.conversation_id)
    path = f"/v1/suggestions/{found['suggestions'][0]['suggestion_id']}/feedback"  # type: ignore[index]
    assert api.http.patch(path, json={"helpful": True}, headers=customer.headers).status_code == 200
    assert api.http.patch(path, json={"helpful": True}, headers=other.headers).status_code == 404
    unknown = {"question": "where is my parcel", "conversation_id": "nope"}
    assert api.http.post("/v1/suggestions", json=unknown, headers=BOT).status_code == 404
