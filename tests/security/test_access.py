"""Who may call what (E01, E02, E03). The tables are held against the OpenAPI, so no route can be forgotten."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI

from api.store.tables import Task
from tests.desk.office import Guest, Office
from tests.desk.world import openapi_operations

EVERYONE = frozenset({"anonymous", "customer", "agent", "admin", "bot"})
STAFF, ADMINS = frozenset({"agent", "admin"}), frozenset({"admin"})
READERS, CUSTOMERS = frozenset({"customer", "agent", "admin"}), frozenset({"customer"})

# Who gets past the door. "customer" is the conversation's own; another's is a stranger like any other.
MAY_CALL: dict[str, frozenset[str]] = {
    "GET /healthz": EVERYONE,
    "GET /readyz": EVERYONE,
    "GET /metrics": ADMINS,
    "GET /help": EVERYONE,
    "GET /help/{slug}": EVERYONE,
    "POST /help/{slug}/helpful": EVERYONE,
    "GET /v1/availability": EVERYONE,
    "POST /v1/sessions": EVERYONE,
    "POST /v1/setup": EVERYONE,
    "POST /v1/conversations": EVERYONE,
    "POST /v1/conversations/{conversation_id}/messages": CUSTOMERS,
    "GET /v1/conversations/{conversation_id}/messages": READERS,
    "POST /v1/conversations/{conversation_id}/request-person": CUSTOMERS,
    "POST /v1/conversations/{conversation_id}/leave-queue": CUSTOMERS,
    "POST /v1/conversations/{conversation_id}/contact": CUSTOMERS,
    "POST /v1/conversations/{conversation_id}/rating": CUSTOMERS,
    "POST /v1/suggestions": frozenset({"agent", "admin", "bot"}),
    "PATCH /v1/suggestions/{suggestion_id}/feedback": READERS,
    "DELETE /v1/sessions/current": STAFF,
    "GET /v1/me": STAFF,
    "PUT /v1/me/password": STAFF,
    "GET /v1/queue": STAFF,
    "GET /v1/conversations": STAFF,
    "GET /v1/conversations/{conversation_id}": STAFF,
    "GET /v1/conversations/{conversation_id}/hand-off": STAFF,
    "POST /v1/conversations/{conversation_id}/take": STAFF,
    "POST /v1/conversations/{conversation_id}/release": STAFF,
    "POST /v1/conversations/{conversation_id}/close": STAFF,
    "POST /v1/conversations/{conversation_id}/agent-messages": STAFF,
    "PUT /v1/conversations/{conversation_id}/department": STAFF,
    "POST /v1/conversations/{conversation_id}/pages": CUSTOMERS,
    "GET /v1/conversations/{conversation_id}/notes": STAFF,
    "POST /v1/conversations/{conversation_id}/notes": STAFF,
    "PUT /v1/conversations/{conversation_id}/tags": STAFF,
    "POST /v1/conversations/{conversation_id}/transfer": STAFF,
    "POST /v1/conversations/{conversation_id}/hints": STAFF,
    "POST /v1/conversations/{conversation_id}/draft": STAFF,
    "GET /v1/conversations/{conversation_id}/similar": STAFF,
    "PUT /v1/conversations/{conversation_id}/place": STAFF,
    "GET /v1/conversations/{conversation_id}/summary": STAFF,
    "POST /v1/conversations/{conversation_id}/assign": ADMINS,
    "POST /v1/conversations/{conversation_id}/macros/{macro_id}": STAFF,
    "POST /v1/conversations/{conversation_id}/back-to-bot": CUSTOMERS,
    "POST /v1/conversations/{conversation_id}/read": CUSTOMERS,
    "GET /v1/macros": STAFF,
    "POST /v1/macros": STAFF,
    "PUT /v1/macros/{macro_id}": STAFF,
    "DELETE /v1/macros/{macro_id}": STAFF,
    "GET /v1/reports/answers": ADMINS,
    "GET /v1/reports/time-saved": ADMINS,
    "GET /v1/review/pairs": ADMINS,
    "GET /v1/desk/departments": ADMINS,
    "GET /v1/desk/places": STAFF,
    "GET /v1/snippets": STAFF,
    "POST /v1/snippets": STAFF,
    "PUT /v1/snippets/{snippet_id}": STAFF,
    "DELETE /v1/snippets/{snippet_id}": STAFF,
    "GET /v1/queue/waits": STAFF,
    "GET /v1/desk/wall": STAFF,
    "GET /v1/tasks": STAFF,
    "POST /v1/tasks/{task_id}/take": STAFF,
    "POST /v1/tasks/{task_id}/done": STAFF,
    "GET /v1/articles/search": STAFF,
    "GET /v1/articles": ADMINS,
    "GET /v1/articles/{article_id}": ADMINS,
    "PUT /v1/articles/{article_id}": ADMINS,
    "DELETE /v1/articles/{article_id}": ADMINS,
    "GET /v1/articles/{article_id}/versions/{version}": ADMINS,
    "POST /v1/articles/preview": ADMINS,
    "POST /v1/articles/{article_id}/publish": ADMINS,
    "DELETE /v1/articles/{article_id}/draft": ADMINS,
    "GET /v1/agents": ADMINS,
    "POST /v1/agents": ADMINS,
    "PATCH /v1/agents/{agent_id}": ADMINS,
    "POST /v1/privacy/customers": ADMINS,
    "POST /v1/privacy/exports": ADMINS,
    "POST /v1/privacy/erasures": ADMINS,
    "GET /v1/privacy/receipts": ADMINS,
    "GET /v1/privacy/terms": ADMINS,
    "GET /v1/audit": ADMINS,
    "GET /v1/audit/check": ADMINS,
    "GET /v1/review": ADMINS,
    "POST /v1/article-imports": ADMINS,
    "POST /v1/article-imports/{import_id}/apply": ADMINS,
    "GET /v1/article-imports/{import_id}": ADMINS,
    "GET /v1/article-sources": ADMINS,
    "POST /v1/article-sources": ADMINS,
    "GET /v1/article-sources/{source_id}": ADMINS,
    "PATCH /v1/article-sources/{source_id}": ADMINS,
    "DELETE /v1/article-sources/{source_id}": ADMINS,
    "POST /v1/article-sources/{source_id}/sync": ADMINS,
    "POST /v1/training-examples/correct": ADMINS,
    "GET /v1/training-examples": ADMINS,
    "GET /v1/training-examples/rasa.yml": ADMINS,
    "POST /v1/training-examples/imports": ADMINS,
    "POST /v1/training-examples/imports/{import_id}/apply": ADMINS,
    "GET /v1/labelled-questions": ADMINS,
    "GET /v1/labelled-questions/{question_id}/versions": ADMINS,
    "DELETE /v1/labelled-questions/{question_id}": ADMINS,
    "POST /v1/labelled-questions/{question_id}/restore": ADMINS,
    "GET /v1/data": ADMINS,
    "POST /v1/data/export": ADMINS,
    "POST /v1/data/import": ADMINS,
    "GET /v1/reports": ADMINS,
    "GET /v1/reports/knowledge-bases/{kb}": ADMINS,
    "GET /v1/reports/models/{version}": ADMINS,
    "POST /v1/reports/knowledge-bases/{kb}": ADMINS,
    "GET /v1/indexes/{kb}": ADMINS,
    "POST /v1/indexes/{kb}": ADMINS,
    "GET /v1/golden-dialogues": ADMINS,
    "GET /v1/intents/{name}/versions": ADMINS,
    "POST /v1/golden-dialogues": ADMINS,
    "DELETE /v1/golden-dialogues/{golden_id}": ADMINS,
    "GET /v1/synonyms": ADMINS,
    "PUT /v1/synonyms": ADMINS,
    "GET /v1/insight": ADMINS,
    "GET /v1/insight/conversations": ADMINS,
    "GET /v1/insight/gaps": ADMINS,
    "GET /v1/insight/payoffs": ADMINS,
    "POST /v1/insight/payoffs": ADMINS,
    "GET /v1/insight/problems": ADMINS,
    "GET /v1/insight/problems/weeks.svg": ADMINS,
    "GET /v1/insight/problems/report.html": ADMINS,
    "GET /v1/insight/problems/report.csv": ADMINS,
    "GET /v1/insight/problems/reports/{last}.html": ADMINS,
    "GET /v1/insight/problems/reports/{last}.csv": ADMINS,
    "GET /v1/insight/messages/{message_id}": ADMINS,
    "GET /v1/insight/exports/conversations.jsonl": ADMINS,
    "GET /v1/insight/exports/conversations.csv": ADMINS,
    "GET /v1/insight/exports/messages.csv": ADMINS,
    "GET /v1/insight/plots/{name}.svg": ADMINS,
    "GET /v1/review/clusters": ADMINS,
    "POST /v1/labels": ADMINS,
    "POST /v1/labels/bulk": ADMINS,
    "DELETE /v1/labels/bulk/{batch}": ADMINS,
    "DELETE /v1/labels/{label_id}": ADMINS,
    "GET /v1/intents": ADMINS,
    "POST /v1/intents": ADMINS,
    "DELETE /v1/intents/{name}": ADMINS,
    "GET /v1/health": ADMINS,
    "POST /v1/training-jobs": ADMINS,
    "GET /v1/training-jobs": ADMINS,
    "GET /v1/training-jobs/{job_id}": ADMINS,
    "POST /v1/training-jobs/{job_id}/cancel": ADMINS,
    "GET /v1/models": ADMINS,
    "GET /v1/models/{version}/report": ADMINS,
    "POST /v1/models/rollback": ADMINS,
    "POST /v1/models/{version}/compare": ADMINS,
    "POST /v1/models/{version}/promote": ADMINS,
    "GET /v1/webhooks": ADMINS,
    "POST /v1/webhooks": ADMINS,
    "POST /v1/webhooks/{webhook_id}/replay": ADMINS,
    "PATCH /v1/webhooks/{webhook_id}": ADMINS,
    "POST /v1/webhooks/{webhook_id}/secret": ADMINS,
    "GET /v1/webhooks/{webhook_id}/deliveries": ADMINS,
    "GET /v1/events": STAFF,
    "DELETE /v1/webhooks/{webhook_id}": ADMINS,
}
# A body that would be accepted, for each call whose path has the id of something private.
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/conversations/{conversation_id}/messages": {"client_msg_id": "1", "text": "hello"},
    "POST /v1/conversations/{conversation_id}/contact": {"email": "a@example.org", "consent": True},
    "POST /v1/conversations/{conversation_id}/rating": {"stars": 5},
    "POST /v1/conversations/{conversation_id}/release": {"to": "bot"},
    "POST /v1/conversations/{conversation_id}/agent-messages": {"client_msg_id": "1", "text": "hello"},
    "PUT /v1/conversations/{conversation_id}/department": {"department": "sales"},
    "PATCH /v1/suggestions/{suggestion_id}/feedback": {"helpful": False},
    "POST /v1/tasks/{task_id}/done": {"note": "answered by e-mail"},
    "POST /v1/conversations/{conversation_id}/pages": {"url": "https://shop.example/boots"},
    "POST /v1/conversations/{conversation_id}/notes": {"text": "calls back on Friday"},
    "PUT /v1/conversations/{conversation_id}/tags": {"tags": ["late"]},
    "POST /v1/conversations/{conversation_id}/transfer": {"department": "sales"},
    "POST /v1/conversations/{conversation_id}/hints": {"text": "Hello."},
    "POST /v1/conversations/{conversation_id}/draft": {"suggestion_id": "nothing"},
    "PUT /v1/conversations/{conversation_id}/place": {"draft": "Hello."},
    "POST /v1/conversations/{conversation_id}/assign": {"agent_id": "nobody"},
    "POST /v1/conversations/{conversation_id}/macros/{macro_id}": {"client_id": "1"},
    "POST /v1/conversations/{conversation_id}/read": {"seq": 1},
}
# They ask for a password, a link, an Origin or loopback instead, and are tested where that is.
DOORS_OF_THEIR_OWN = {"POST /v1/sessions", "POST /v1/setup", "POST /help/{slug}/helpful", "GET /metrics"}
PUBLIC_IDS = {"slug"}
PRIVATE_IDS = {"conversation_id", "suggestion_id", "task_id"}  # of a customer; seen by them and by some of the staff
STAFF_IDS = {"snippet_id", "macro_id"}  # of all agents
ADMIN_IDS = {  # theirs alone
    "article_id", "agent_id", "name", "job_id", "version", "batch", "label_id", "webhook_id", "kb", "import_id",
    "source_id", "last", "message_id", "golden_id", "question_id",
}  # fmt: skip
OF_CUSTOMERS = re.compile(r"\{(conversation|suggestion|task)_id\}")


@dataclass(frozen=True)
class Scene:
    """A conversation in sales, and everybody who might want to look at it."""

    guest: Guest
    suggestion_id: str
    task_id: str
    callers: dict[str, dict[str, str]]
    strangers: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def office(shared_office: Office) -> Office:
    return shared_office


@pytest.fixture(scope="module")
def scene(office: Office) -> Scene:
    guest, other = office.guest(department="sales"), office.guest(department="sales")
    [suggestion] = office.found(guest, office.says(guest, "where is my parcel"), "parcel")
    office.waits(guest)
    body = {"email": "a@example.org", "consent": True}
    assert office.client.post(f"{guest.path}/contact", json=body, headers=guest.headers).status_code == 200
    [task_id] = office.read(lambda s: [task.id for task in s.query(Task)])
    callers = {
        "anonymous": {},
        "customer": guest.headers,
        "agent": office.person(departments=["sales"]).headers,
        "admin": office.person("admin").headers,
        "bot": {"Authorization": f"Bearer {office.secrets.internal}"},
    }
    strangers = {
        "anonymous": {},
        "another customer": other.headers,
        "an agent of another department": office.person(departments=["returns"]).headers,
        "a made-up token": {"Authorization": "Bearer dm_agent_made-up"},
    }
    return Scene(guest, suggestion, task_id, callers, strangers)


def test_every_call_is_in_the_table(office: Office) -> None:
    """E01, E02."""
    app = office.client.app
    assert isinstance(app, FastAPI)
    assert set(openapi_operations(app)) == set(MAY_CALL)


@pytest.mark.parametrize("operation", sorted(MAY_CALL))
def test_nobody_gets_past_a_door_that_is_not_theirs(office: Office, scene: Scene, operation: str) -> None:
    """E02."""
    method, path = operation.split(" ")
    for role, headers in scene.callers.items():
        if role in MAY_CALL[operation]:
            continue
        answer = office.client.request(method, fill(path, scene), headers=headers, json=BODIES.get(operation))
        assert answer.status_code in (401, 403, 404), f"{role}: {answer.status_code} {answer.text}"
        assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("operation", sorted(MAY_CALL.keys() - DOORS_OF_THEIR_OWN))
def test_whoever_may_call_is_let_in(office: Office, scene: Scene, operation: str) -> None:
    method, path = operation.split(" ")
    for role in sorted(MAY_CALL[operation]):
        headers = scene.callers[role]
        answer = office.client.request(method, fill(path, scene), headers=headers, json=BODIES.get(operation))
        assert answer.status_code not in (401, 403), f"{role}: {answer.text}"


@pytest.mark.parametrize("operation", sorted(filter(OF_CUSTOMERS.search, MAY_CALL)))
def test_a_foreign_id_is_as_good_as_a_missing_one(office: Office, scene: Scene, operation: str) -> None:
    """E01."""
    method, path = operation.split(" ")
    missing = re.sub(r"\{\w+\}", "AAAAAAAAAAAAAAAAAAAAAA", path)
    for stranger, headers in scene.strangers.items():
        foreign = office.client.request(method, fill(path, scene), headers=headers, json=BODIES.get(operation))
        nothing = office.client.request(method, missing, headers=headers, json=BODIES.get(operation))
        assert foreign.status_code in (401, 403, 404), f"{stranger}: {foreign.text}"
        assert (foreign.status_code, foreign.json()) == (nothing.status_code, nothing.json()), stranger
        if stranger not in ("anonymous", "a made-up token") and foreign.status_code != 403:
            assert foreign.status_code == 404


def test_every_id_in_a_path_is_accounted_for() -> None:
    known = PUBLIC_IDS | STAFF_IDS | ADMIN_IDS | PRIVATE_IDS
    for operation, callers in MAY_CALL.items():
        names = set(re.findall(r"\{(\w+)\}", operation))
        assert names <= known, operation
        if names & ADMIN_IDS:
            assert callers == ADMINS, operation


def test_a_conversations_id_opens_nothing(office: Office, scene: Scene) -> None:
    """E03."""
    conversation_id = scene.guest.conversation_id
    assert len(conversation_id) >= 22  # 128 bits
    for headers in ({"Authorization": f"Bearer {conversation_id}"}, {"Cookie": f"deskmate_session={conversation_id}"}):
        answer = office.client.get(f"{scene.guest.path}/messages", headers=headers)
        assert answer.status_code == 401


def test_tokens_are_not_taken_from_the_address(office: Office, scene: Scene) -> None:
    """E05."""
    token = scene.guest.headers["Authorization"].removeprefix("Bearer ")
    for name in ("token", "access_token", "authorization"):
        assert office.client.get(f"{scene.guest.path}/messages", params={name: token}).status_code == 401


def test_suggestions_for_a_foreign_message_are_not_made(office: Office, scene: Scene) -> None:
    message = office.says(scene.guest, "secret")
    stranger = scene.strangers["an agent of another department"]
    for body in ({"message_id": message}, {"question": "hm", "conversation_id": scene.guest.conversation_id}):
        answer = office.client.post("/v1/suggestions", json=body, headers=stranger)
        assert answer.status_code == 404, answer.text


def test_lists_hold_nothing_of_other_departments(office: Office, scene: Scene) -> None:
    stranger = scene.strangers["an agent of another department"]
    for path in ("/v1/queue", "/v1/conversations", "/v1/conversations?q=parcel"):
        assert office.client.get(path, headers=stranger).json()["conversations"] == []
    assert office.client.get("/v1/tasks", headers=stranger).json()["tasks"] == []


def fill(path: str, scene: Scene) -> str:
    ids = {
        "conversation_id": scene.guest.conversation_id,
        "suggestion_id": scene.suggestion_id,
        "task_id": scene.task_id,
    }
    return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "nothing"), path)
