"""What the bot said on that day and why, beside today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from api.hand_off.rules import Signals, as_record
from api.review.intents import Facts, save_intent
from api.review.questions import remove_question, save_question
from api.store.tables import Intent, LabelledQuestion, Message, Turn
from tests.desk.history import Asked, History
from tests.desk.office import Office

NOW = datetime(2026, 5, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def database_url() -> str:
    """SQLite is enough: the rows are read one by one."""
    return ""


def asked(office: Office, version: str = "kb1", **signals: Any) -> str:
    """A message answered with "parcel" by an index of some version; its id."""
    history = History(office.store, office.person(name="Bea").agent_id, kb_version=version)
    chat = history.chat(
        NOW - timedelta(days=2), Asked("I am Ann Webb, where is it", article="parcel"), customer_name="Ann Webb"
    )
    message_id = office.read(
        lambda s: s.query(Message).filter(Message.conversation_id == chat, Message.seq == 1).one()
    ).id
    if signals:

        def decide(session: Any) -> None:
            turn = session.query(Turn).filter(Turn.message_id == message_id).one()
            turn.signals, turn.rules_version = as_record(Signals(**signals)), "1"

        office.write(decide)
    return message_id


def look(office: Office, message_id: str) -> dict[str, Any]:
    answer = office.client.get(f"/v1/insight/messages/{message_id}", headers=office.person("admin").headers)
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


def test_what_was_said_stands_beside_what_would_be_said_today(office: Office) -> None:
    office.search.article_ids = ["parcel"]
    seen = look(office, asked(office))
    assert (seen["text"], seen["said"]) == ("I am [name] [name], where is it", ["What “Parcel” says."])
    then, today = seen["then"]["search"], seen["now"]["search"]
    assert (then["kb_version"], then["decision"], then["confidence"], then["answer_cut_off"]) == (
        "kb1",
        "answer",
        0.9,
        0.5,
    )
    assert (today["kb_version"], today["suggestions"][0]["article_id"]) == ("kb1", "parcel")
    assert (seen["again"]["suggestions"][0]["answer"], seen["same"]) == ("About parcel.", False)  # worded otherwise
    assert (seen["then"]["understood"]["intent"], seen["then"]["understood"]["model_version"]) == ("ask", "m1")
    assert (seen["now"]["understood"], seen["notes"]) == (None, ["Today's model cannot be asked: no_process"])


def test_the_cut_off_of_an_intent_is_that_of_the_day(office: Office) -> None:
    day = NOW - timedelta(days=3)
    office.write(lambda s: s.add(Intent(name="ask", outcome="search", cut_off=0.4, created_at=day)))
    message_id = asked(office)
    office.write(lambda s: save_intent(s, "ask", Facts("search", cut_off=0.9), by="import", now=NOW))
    assert look(office, message_id)["then"]["understood"]["cut_off"] == 0.4


def test_what_search_learnt_and_forgot_since_is_told_with_who_taught_it(office: Office) -> None:
    office.search.article_ids = ["parcel"]
    message_id, ada = asked(office), office.person("admin", name="Ada Wren")
    days = [NOW - timedelta(days=n) for n in (9, 1, 0)]  # the message is two days old

    def row(name: str, at: datetime, article: str = "parcel") -> LabelledQuestion:
        return LabelledQuestion(id=name, kb="main", text=name, article_ids=[article], split="taught", created_at=at)

    def live(session: Session) -> None:
        for name in ("known all along", "forgotten"):
            save_question(session, row(name, days[0]), by="import", now=days[0])
        for name, article in (("learnt", "parcel"), ("of another article", "returns")):
            save_question(session, row(name, days[1], article), by=f"agent:{ada.agent_id}", now=days[1])
        remove_question(session, session.get_one(LabelledQuestion, "forgotten"), by="worker", now=days[2])

    office.write(live)
    told = [(one["text"], one["taught"], one["by"]) for one in look(office, message_id)["relearnt"]]
    assert told == [("forgotten", False, "worker"), ("learnt", True, "Ada Wren")]


def test_an_index_that_is_gone_is_said_to_be_gone(office: Office) -> None:
    seen = look(office, asked(office, "kb0"))
    assert (seen["again"], seen["same"], seen["then"]["search"]["answer_cut_off"]) == (None, None, None)
    assert seen["then"]["search"]["suggestions"][0]["title"] == "Parcel"
    assert seen["notes"][0].startswith("The index of that day (kb0) is not kept any more")


def test_the_decision_about_a_person_is_made_again_by_the_rules_of_that_day_and_of_today(office: Office) -> None:
    signals = {"frustration": 0.7, "message_frustration": 0.2, "offered_before": True, "failed_turns": 1}
    seen = look(office, asked(office, **signals))
    then, today = seen["then"]["hand_off"], seen["now"]["hand_off"]
    assert (then["rules_version"], then["decision"], then["reason_codes"]) == ("1", "immediate", ["anger_again"])
    assert then["evidence"] == [{"reason": "anger_again", "value": 0.7, "threshold": 0.6}]
    assert (today["rules_version"], today["decision"]) == ("2", "none")


def test_only_customers_messages_and_only_for_administrators(office: Office) -> None:
    message_id = asked(office)
    assert office.client.get(f"/v1/insight/messages/{message_id}", headers=office.person().headers).status_code == 403
    missing = office.client.get("/v1/insight/messages/none", headers=office.person("admin").headers)
    assert missing.status_code == 404
