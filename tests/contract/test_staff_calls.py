"""Every call of agents, administrators, the bot and anyone in the fixed interfaces: shape, status, errors."""

from __future__ import annotations

import pytest

from tests.contract.shapes import Maybe, check_error, check_shape
from tests.desk.office import PASSWORD, Guest, Office

SUGGESTION = {
    "suggestion_id": str, "article_id": str, "title": str, "url": str, "answer": str, "passage": str,
    "similarity": float, "confidence": float,
}  # fmt: skip
SUGGESTION_SET = {
    "suggestion_set_id": str, "kb_version": str, "model_version": str, "confidence": float,
    "decision": {"answer", "clarify", "offer_person", "none"}, "suggestions": [SUGGESTION],
    "internal": Maybe([SUGGESTION]),
}  # fmt: skip
PARTS = {"database": str, "index": str, "rasa": str, "actions": str}


def test_the_health_calls_tell_apart_living_and_ready(office: Office) -> None:
    assert office.client.get("/healthz").status_code == 200
    ready = office.client.get("/readyz")
    assert ready.status_code == 503  # there is no Rasa here
    check_shape(ready.json(), {"ready": bool, "parts": PARTS})
    assert ready.json()["parts"]["database"] == "ok"
    check_error(office.client.get("/metrics"), 403)
    text = office.client.get("/metrics", headers=office.person("admin").headers)
    assert text.headers["content-type"].startswith("text/plain")
    assert "# TYPE" in text.text


def test_the_docs_list_every_call(office: Office) -> None:
    page = office.client.get("/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    contract = office.client.get("/openapi.json").json()
    assert "/v1/suggestions" in contract["paths"]
    assert all(path in page.text for path in contract["paths"])


def test_logging_in_sets_a_session_and_out_ends_it(office: Office) -> None:
    office.account()
    body = {"email": "ada@tarnwick.example", "password": PASSWORD}
    assert office.client.post("/v1/sessions", json=body).status_code == 201
    check_error(office.client.post("/v1/sessions", json=body | {"password": "wrong"}), 401)
    check_error(office.client.post("/v1/sessions", json={"email": "ada"}), 422)
    ended = office.client.delete("/v1/sessions/current", headers={"Origin": "http://localhost:8000"})
    assert ended.status_code == 204
    check_error(office.client.get("/v1/queue"), 401)


@pytest.mark.parametrize("limit", [1, 10])
def test_suggestions_for_a_question_of_ones_own(office: Office, limit: int) -> None:
    office.article("parcel")
    office.article("returns")
    office.search.article_ids = ["parcel", "returns"]
    body = {"question": "where is it", "history": [{"speaker": "customer", "text": "my parcel"}], "limit": limit}
    answer = office.client.post("/v1/suggestions", json=body, headers=office.person().headers)
    assert answer.status_code == 200, answer.text
    check_shape(answer.json(), SUGGESTION_SET)
    assert len(answer.json()["suggestions"]) == min(limit, 2)
    assert answer.json()["suggestions"][0]["url"] == "/help/parcel"


def test_bot_and_agent_read_one_stored_set_of_a_message(office: Office) -> None:
    office.article("parcel")
    office.search.article_ids = ["parcel"]
    guest = office.guest()
    body = {"message_id": office.says(guest, "where is it")}
    bot = {"Authorization": f"Bearer {office.secrets.internal}"}
    first = office.client.post("/v1/suggestions", json=body, headers=bot).json()
    check_shape(first, SUGGESTION_SET)
    assert "internal" not in first
    office.search.article_ids = []  # whatever would be found now
    second = office.client.post("/v1/suggestions", json=body, headers=office.person().headers).json()
    for name in ("suggestion_set_id", "suggestions", "kb_version", "model_version", "decision", "confidence"):
        assert second[name] == first[name]


def test_suggestions_are_asked_for_in_one_way(office: Office) -> None:
    headers, guest = office.person().headers, office.guest()
    message = office.says(guest, "where is it")
    for body in ({}, {"message_id": message, "question": "x"}, {"question": ""}, {"question": "x", "limit": 0},
                 {"question": "x", "limit": 11}, {"question": {"$gt": ""}}):  # fmt: skip
        check_error(office.client.post("/v1/suggestions", json=body, headers=headers), 422)
    check_error(office.client.post("/v1/suggestions", json={"message_id": "nothing"}, headers=headers), 404)
    check_error(office.client.post("/v1/suggestions", json={"question": "x"}), 401)
    check_error(office.client.post("/v1/suggestions", json={"question": "x"}, headers=guest.headers), 403)


def test_feedback_takes_any_of_its_fields(office: Office) -> None:
    guest, agent = office.guest(), office.person()
    [suggestion] = office.found(guest, office.says(guest, "where is it"), "parcel")
    path = f"/v1/suggestions/{suggestion}/feedback"
    everything = {"displayed": True, "clicked": True, "copied": True, "sent": True, "sent_text": "x",
                  "dismissed": False, "helpful": True, "correct": "partly"}  # fmt: skip
    for name, value in everything.items():
        assert office.client.patch(path, json={name: value}, headers=agent.headers).status_code == 200
    assert office.client.patch(path, json={"helpful": False}, headers=guest.headers).status_code == 200
    check_error(office.client.patch(path, json={"correct": "maybe"}, headers=agent.headers), 422)
    check_error(
        office.client.patch("/v1/suggestions/nothing/feedback", json={"helpful": True}, headers=agent.headers), 404
    )


def test_the_queue_and_the_packet(office: Office) -> None:
    agent, guest = office.person(), waiting(office)
    queue = office.client.get("/v1/queue", headers=agent.headers)
    entry = {"conversation_id": str, "reasons": [{"code": str, "text": str}], "waited_s": int, "position": int}
    check_shape(queue.json(), {"conversations": [entry]})
    assert len(queue.json()["conversations"]) == 1
    packet = office.client.get(f"{guest.path}/hand-off", headers=agent.headers)
    check_shape(packet.json(), {"version": int, "transcript": [{"seq": int, "text": str}], "why": dict, "tried": list})


def test_take_release_and_close_answer_200_or_409_with_who_holds_it(office: Office) -> None:
    one, other, guest = office.person(name="One"), office.person(name="Other"), waiting(office)
    post = office.client.post
    check_error(
        post(f"{guest.path}/agent-messages", json={"client_msg_id": "1", "text": "x"}, headers=one.headers), 409
    )
    assert post(f"{guest.path}/take", headers=one.headers).status_code == 200
    for call, body in [("take", None), ("release", {"to": "bot"}), ("close", None)]:
        error = check_error(post(f"{guest.path}/{call}", json=body, headers=other.headers), 409, "held_by_another")
        assert "One" in error["message"]
    said = post(f"{guest.path}/agent-messages", json={"client_msg_id": "1", "text": "hello"}, headers=one.headers)
    assert said.status_code == 202
    check_shape(said.json(), {"message_id": str, "seq": int, "epoch": str})
    check_error(post(f"{guest.path}/release", json={"to": "nobody"}, headers=one.headers), 422)
    assert post(f"{guest.path}/release", json={"to": "queue"}, headers=one.headers).status_code == 200
    assert post(f"{guest.path}/take", headers=other.headers).status_code == 200
    assert post(f"{guest.path}/close", headers=other.headers).status_code == 200
    lines = office.client.get(f"{guest.path}/messages", headers=one.headers).json()
    assert lines["owner"] == "closed"
    assert [line["text"] for line in lines["messages"] if line["sender"] == "agent"] == ["hello"]


def test_review_and_labels(office: Office) -> None:
    headers, guest = office.person("admin").headers, office.guest()
    message = office.says(guest, "zip broken??")
    office.understood(guest, message, outcome="fallback", intent="ask", confidence=0.1)
    review = office.client.get("/v1/review", headers=headers)
    check_shape(review.json(), {"messages": [{"message_id": str, "text": str, "reason": str}]})
    assert len(review.json()["messages"]) == 1
    label = office.client.post("/v1/labels", json={"message_id": message, "verdict": "right"}, headers=headers)
    assert label.status_code == 201
    check_error(office.client.post("/v1/labels", json={"message_id": message}, headers=headers), 422)
    check_error(office.client.post("/v1/labels", json={"message_id": message, "verdict": "right"}), 401)


def test_training_jobs_and_models(office: Office) -> None:
    headers = office.person("admin").headers
    job = office.client.post("/v1/training-jobs", headers=headers)
    assert job.status_code == 202
    check_shape(job.json(), {"job_id": str})
    seen = office.client.get(f"/v1/training-jobs/{job.json()['job_id']}", headers=headers)
    check_shape(seen.json(), {"state": str, "stage": str, "progress": float, "log": list, "comparison": Maybe(dict)})
    check_error(office.client.get("/v1/training-jobs/nothing", headers=headers), 404)
    check_shape(office.client.get("/v1/models", headers=headers).json(), {"models": list})
    check_error(office.client.post("/v1/models/nothing/promote", headers=headers), 404)
    assert office.client.post("/v1/models/rollback", headers=headers).status_code in (202, 409)


def test_articles(office: Office) -> None:
    headers = office.person("admin").headers
    body = {"title": "Parcel", "body": "Two days.", "questions": ["where"], "audience": "public", "category": "Orders"}
    put = office.client.put("/v1/articles/parcel", json=body, headers=headers)
    full = {"article_id": str, "title": str, "body": str, "questions": [str], "audience": str, "version": int}
    check_shape(put.json(), full)
    check_shape(office.client.get("/v1/articles/parcel", headers=headers).json(), full)
    check_shape(office.client.get("/v1/articles", headers=headers).json(), {"articles": [{"article_id": str}]})
    check_error(office.client.put("/v1/articles/parcel", json={"title": "x"}, headers=headers), 422)
    check_error(office.client.get("/v1/articles/nothing", headers=headers), 404)
    assert "Two days." in office.client.get("/help/parcel").text


def test_errors_have_one_shape_everywhere(office: Office) -> None:
    check_error(office.client.get("/nothing-here"), 404)
    check_error(office.client.put("/v1/queue"), 405)
    broken = {"Content-Type": "application/json"}
    check_error(office.client.post("/v1/conversations", content=b"{", headers=broken), 400)
    check_error(office.client.post("/v1/conversations", content=b"\xff\xfe", headers=broken), 400)
    check_error(office.client.get("/v1/me"), 401)


def waiting(office: Office) -> Guest:
    guest = office.guest(name="Ada")
    office.says(guest, "a person please")
    office.waits(guest)
    return guest
