"""The queue: who comes first and why, whose turn it is, what the customer is told, and that nobody is forgotten."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.company import Desk, load_company
from api.conversations.places import measure_guesses
from api.desk.proposals import Ready, propose
from api.hand_off.routing import Clues, route, urgency
from api.hand_off.rules import COMPANY_RULES
from api.store.tables import Agent, Conversation
from tests.desk.office import Guest, Office, Person, open_office
from tests.desk.world import COMPANY

DEPARTMENTS = {
    "care": {"title": "Care", "rules": ["legal_threat"], "intents": ["make_complaint"]},
    "repairs": {
        "title": "Repairs",
        "topics": ["warranty and repair"],
        "hours": {"tuesday": "08:00-12:00", "wednesday": "08:00-12:00"},
        "next": "returns",
    },
    "returns": {"title": "Returns", "topics": ["return-an-item", "refunds"]},
}
DESK = Desk.model_validate({"chats_at_once": 2, "departments": DEPARTMENTS})
DATA = Path(__file__).parent.parent.parent / "data"
NOON = datetime(2026, 5, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Office]:
    company = COMPANY.model_copy(update={"desk": DESK})
    with open_office(tmp_path, company=company, database_url=database_url) as opened:
        yield opened


def asks(office: Office, article: str | None = None, *, frustration: float | None = None, **turn: Any) -> Guest:
    """Return a customer who has said something, about an article if one is given, and pressed for a person."""
    guest = office.guest()
    message = office.says(guest, "please help")
    if article is not None:
        office.found(guest, message, article)
    office.understood(guest, message, frustration=frustration, **turn)
    answer = office.client.post(f"{guest.path}/request-person", headers=guest.headers)
    assert answer.status_code == 200
    return guest


def queue(office: Office, person: Person) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = office.client.get("/v1/queue", headers=person.headers).json()["conversations"]
    return entries


# ---- pure: departments, urgency, proposals ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clues", "department", "why"),
    [
        (Clues(), None, "no department claims it"),
        (Clues(("legal_threat",), ("ask",), ("refunds",)), "care", "the reason legal_threat"),
        (Clues((), ("ask", "make_complaint"), ("refunds",)), "care", "the intent make_complaint"),
        (Clues((), (), ("boots", "refunds", "warranty and repair")), "returns", "the topic refunds"),
    ],
)
def test_a_chat_goes_to_who_claims_its_reason_intent_or_topic(clues: Clues, department: str, why: str) -> None:
    routed = route(DESK, clues)
    assert (routed.department, routed.why) == (department, why)


def test_urgency_is_counted_in_minutes_and_says_why() -> None:
    assert urgency(["legal_threat"], 0.84) == urgency(["legal_threat", "legal_threat"], 0.84)
    angry = urgency(["anger"], 0.84)
    assert (angry.minutes, angry.why) == (8, ("frustration 0.84: +8 min",))
    assert urgency(["legal_threat"], 0.84).minutes == 68
    assert urgency(["customer_button"], 0.59).minutes == 0
    assert urgency(["customer_button"], None).why == ()


@pytest.mark.parametrize(
    ("departments", "problem"),
    [
        ({"a": {"title": "A", "next": "b"}}, "no department 'b'"),
        ({"a": {"title": "A", "next": "b"}, "b": {"title": "B", "next": "a"}}, "lead back to"),
    ],
)
def test_departments_that_lead_nowhere_or_in_a_ring_are_refused(departments: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Desk.model_validate({"departments": departments})


@dataclass(frozen=True)
class Chats:
    """Waiting chats and agents, as drawn."""

    waiting: list[Conversation]
    ready: list[Ready]
    knows: dict[str, str]


@st.composite
def chats(draw: st.DrawFn) -> Chats:
    departments = st.sampled_from([None, "care", "returns"])
    waiting = [Conversation(id=f"c{n}", department=draw(departments)) for n in range(draw(st.integers(0, 8)))]
    ready = [
        Ready(
            Agent(id=f"a{n}", name=f"A{n}", role="agent", departments=[d] if (d := draw(departments)) else []),
            draw(st.integers(0, 3)),
            NOON - timedelta(minutes=draw(st.integers(0, 90))),
        )
        for n in range(draw(st.integers(0, 4)))
    ]
    agents = st.sampled_from([one.agent.id for one in ready]) if ready else st.nothing()
    knows = {chat.id: draw(agents) for chat in waiting if ready and draw(st.booleans())}
    return Chats(waiting, ready, knows)


@given(chats())
def test_nobody_is_proposed_more_chats_than_they_may_have_or_one_that_is_not_theirs(drawn: Chats) -> None:
    proposals = propose(drawn.waiting, drawn.ready, drawn.knows, chats_at_once=3)
    assert proposals == propose(drawn.waiting, drawn.ready, drawn.knows, chats_at_once=3)
    by_id = {one.agent.id: one for one in drawn.ready}
    for chat in drawn.waiting:
        proposal = proposals.get(chat.id)
        if proposal is not None:
            departments = by_id[proposal.agent_id].agent.departments
            assert not departments or chat.department in (None, *departments)
            assert (proposal.why == "knows_them") == (drawn.knows.get(chat.id) == proposal.agent_id)
    for agent_id, one in by_id.items():
        assert one.chats + sum(p.agent_id == agent_id for p in proposals.values()) <= max(3, one.chats)


def test_equal_agents_take_turns_and_who_knows_the_customer_comes_first() -> None:
    waiting = [Conversation(id=f"c{n}", department=None) for n in range(4)]
    ready = [
        Ready(Agent(id=f"a{n}", name=f"A{n}", role="agent", departments=[]), 0, NOON - timedelta(minutes=n))
        for n in range(3)
    ]
    found = propose(waiting, ready, {"c1": "a0"}, chats_at_once=None)
    assert [found[f"c{n}"].agent_id for n in range(4)] == ["a2", "a0", "a1", "a0"]
    assert found["c1"].why == "knows_them"


# ---- through the service ----------------------------------------------------------------------------------------


def test_a_chat_is_placed_by_its_topic_and_seen_by_that_department_with_the_reason(shop: Office) -> None:
    shop.article("return-an-item")
    returns, other = shop.person(departments=["returns"]), shop.person(departments=["care"])
    guest = asks(shop, "return-an-item", frustration=0.9)
    [entry] = queue(shop, returns)
    assert (entry["conversation_id"], entry["department"], entry["priority"]) == (guest.conversation_id, "returns", 9)
    assert entry["placed_why"] == ["the topic return-an-item", "frustration 0.90: +9 min"]
    assert entry["proposed_to"]["agent_id"] == returns.agent_id
    assert queue(shop, other) == []


def test_a_department_that_is_closed_passes_a_chat_on(shop: Office) -> None:
    shop.article("make-a-warranty-claim", category="warranty and repair")
    everyone = shop.person()
    morning = asks(shop, "make-a-warranty-claim")  # 11:00 in London
    shop.clock.advance(3 * 3600)
    afternoon = asks(shop, "make-a-warranty-claim")
    departments = {entry["conversation_id"]: entry["department"] for entry in queue(shop, everyone)}
    assert departments == {morning.conversation_id: "repairs", afternoon.conversation_id: "returns"}


def test_who_waits_long_enough_comes_before_who_is_angrier(shop: Office) -> None:
    everyone = shop.person()
    calm = asks(shop)
    shop.clock.advance(8 * 60)
    angry = asks(shop, frustration=0.95)
    shop.clock.advance(5 * 60)
    very_late = asks(shop, frustration=0.95)
    order = [entry["conversation_id"] for entry in queue(shop, everyone)]
    assert order == [angry.conversation_id, calm.conversation_id, very_late.conversation_id]
    places = [
        shop.client.get(f"{guest.path}/messages", headers=guest.headers).json()["position"]
        for guest in (angry, calm, very_late)
    ]
    assert places == [1, 2, 3]


def test_a_full_desk_takes_another_chat_only_on_purpose(shop: Office) -> None:
    agent, other = shop.person(), shop.person()
    guests = [asks(shop) for _ in range(3)]
    answers = [shop.client.post(f"{guest.path}/take", headers=agent.headers) for guest in guests]
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert answers[2].json()["error"]["code"] == "desk_full"
    assert shop.client.post(f"{guests[0].path}/take", headers=agent.headers).status_code == 200
    [entry] = queue(shop, agent)
    assert entry["proposed_to"] is None  # the other agent is not there
    [entry] = queue(shop, other)
    assert entry["proposed_to"]["agent_id"] == other.agent_id
    anyway = shop.client.post(f"{guests[2].path}/take?anyway=true", headers=agent.headers)
    assert anyway.status_code == 200


def test_nobody_takes_a_chat_so_the_next_are_asked_and_then_the_customer_for_an_address(shop: Office) -> None:
    shop.article("make-a-warranty-claim", category="warranty and repair")
    everyone, guest = shop.person(), asks(shop, "make-a-warranty-claim")

    def after(seconds: float) -> tuple[str | None, int]:
        shop.clock.advance(seconds)
        shop.sweep()
        [entry] = queue(shop, everyone)
        return entry["department"], shop.notices(guest).count("queue.nobody_yet")

    assert after(119) == ("repairs", 0)
    assert after(2) == ("returns", 0)
    assert after(60) == ("returns", 0)
    assert after(61) == (None, 0)
    assert after(121) == (None, 1)
    assert after(600) == (None, 1)
    [entry] = queue(shop, everyone)
    assert entry["placed_why"][1:] == ["nobody of repairs took it", "nobody of returns took it"]


def test_an_address_that_was_left_is_a_task_until_somebody_says_what_came_of_it(shop: Office) -> None:
    agent, foreign, guest = shop.person(name="Bea"), shop.person(departments=["care"]), shop.guest(department="returns")
    shop.waits(guest)
    details = {"email": "ada@example.org", "consent": True}
    assert shop.client.post(f"{guest.path}/contact", headers=guest.headers, json=details).status_code == 200
    more = {"phone": "0161 496 0000", "consent": True}
    shop.client.post(f"{guest.path}/contact", headers=guest.headers, json=more)
    assert shop.client.post(
        f"{guest.path}/contact", headers=guest.headers, json=details | {"consent": False}
    ).status_code
    shop.client.post(f"{guest.path}/leave-queue", headers=guest.headers)
    shop.client.post(f"{guest.path}/close", headers=agent.headers)
    [task] = shop.client.get("/v1/tasks", headers=agent.headers).json()["tasks"]
    assert task["contact"] == {"email": "ada@example.org", "phone": "0161 496 0000"}
    left = datetime.fromisoformat(task["due_at"]) - datetime.fromisoformat(task["created_at"])
    assert left == timedelta(hours=24)
    assert shop.client.get("/v1/tasks", headers=foreign.headers).json()["tasks"] == []
    path = f"/v1/tasks/{task['task_id']}"
    assert shop.client.post(f"{path}/take", headers=foreign.headers).status_code == 404
    assert shop.client.post(f"{path}/take", headers=agent.headers).json()["agent"]["name"] == "Bea"
    assert shop.client.post(f"{path}/done", headers=agent.headers, json={"note": " "}).status_code == 422
    ended = shop.client.post(f"{path}/done", headers=agent.headers, json={"note": "Called; sorted."}).json()
    assert ended["note"] == "Called; sorted."
    again = shop.client.post(f"{path}/done", headers=agent.headers, json={"note": "Again"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "task_done")
    assert shop.client.get("/v1/tasks", headers=agent.headers).json()["tasks"] == []
    [done] = shop.client.get("/v1/tasks?done=true", headers=agent.headers).json()["tasks"]
    assert done["task_id"] == task["task_id"]


def test_no_wait_is_guessed_from_too_little_and_the_guesses_are_measured(office: Office) -> None:
    agent, drawn = office.person(), random.Random(7)
    for number in range(16):
        guest = office.guest()
        office.waits(guest)
        if number in (2, 3, 15):
            page = office.client.get(f"{guest.path}/messages", headers=guest.headers).json()
            assert ("wait_s" in page) == (number >= 3)
        office.clock.advance(drawn.uniform(20, 300))
        office.client.post(f"{guest.path}/take", headers=agent.headers)
        office.client.post(f"{guest.path}/close", headers=agent.headers)
    assert page["wait_s"] <= page["wait_most_s"]
    waits = office.client.get("/v1/queue/waits", headers=agent.headers).json()
    assert waits["served"] == 13
    assert waits["median_error_s"] <= 100  # waits are anywhere between 20 s and 300 s
    assert 0.7 <= waits["within_most"] <= 1.0
    assert office.read(lambda s: measure_guesses(s, since=office.clock.now() + timedelta(seconds=1))).served == 0


def test_the_departments_of_the_demo_claim_what_there_is() -> None:
    company = load_company(DATA / "company.yml")
    intents = yaml.safe_load((DATA / "intents.yml").read_text("utf-8"))["intents"]
    heads = [file.read_text("utf-8").split("---")[1] for file in sorted((DATA / "articles").glob("*.md"))]
    articles = [yaml.safe_load(head) for head in heads]
    topics = {article["id"] for article in articles} | {article["category"] for article in articles}
    for department in company.desk.departments.values():
        assert set(department.intents) <= set(intents)
        assert set(department.topics) <= topics
        assert set(department.rules) <= COMPANY_RULES
    assert company.is_open("repairs", datetime(2026, 5, 5, 9, 0, tzinfo=UTC))
    assert not company.is_open("repairs", datetime(2026, 5, 5, 16, 0, tzinfo=UTC))  # 17:00 in London
    assert company.is_open("returns", datetime(2026, 5, 5, 16, 0, tzinfo=UTC))
    assert not company.is_open("repairs", datetime(2026, 12, 25, 10, 0, tzinfo=UTC))
