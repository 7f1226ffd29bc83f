"""Nobody waits for an agent who is gone: grey within 45 s, the chat back in the queue within a minute, and told."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conversations.people import PeopleSentence
from api.desk.abandoned import give_back, waiting_for_agent
from api.desk.presence import arrive, leave, present_agents, turn_grey
from api.errors import ApiError
from api.store.tables import Conversation, DeskEvent, HandOff
from tests.desk.office import Guest, Office, Person

SILENT_AFTER = timedelta(minutes=5)
PEOPLE: PeopleSentence = lambda session, at: "We are in."  # noqa: E731


def seen(office: Office, person: Person, line: str | None = None) -> None:
    office.write(lambda s: arrive(s, person.agent_id, now=office.clock.now(), line_id=line))


def present(office: Office) -> list[str]:
    return [agent.name for agent in office.read(lambda s: present_agents(s, office.clock.now()))]


def talking(office: Office, person: Person) -> Guest:
    """Return a customer whose chat a person took; the customer has said something, and the agent nothing yet."""
    guest = office.guest(name="Ada")
    office.says(guest, "my parcel is late")
    office.waits(guest)
    taken = office.client.post(f"{guest.path}/take", headers=person.headers)
    assert taken.status_code == 200
    return guest


def answers(office: Office, person: Person, guest: Guest, name: str = "1") -> int:
    office.clock.advance(1)
    body = {"client_msg_id": name, "text": "I am looking."}
    return office.client.post(f"{guest.path}/agent-messages", headers=person.headers, json=body).status_code


def told(office: Office) -> list[bool]:
    rows = office.read(lambda s: s.scalars(select(DeskEvent).where(DeskEvent.kind == "presence")).all())
    return [row.payload["present"] for row in rows]


def test_who_is_not_heard_from_for_45_seconds_is_grey_and_that_is_told_once(office: Office) -> None:
    bea = office.person(name="Bea")
    seen(office, bea)
    office.clock.advance(44)
    office.sweep()
    assert (present(office), told(office)) == (["Bea"], [True])
    office.clock.advance(1)
    for _ in range(3):
        office.sweep()
    assert (present(office), told(office)) == ([], [True, False])
    seen(office, bea)
    assert (present(office), told(office)) == (["Bea"], [True, False, True])


def test_an_agent_with_two_desks_is_gone_with_the_last_one(office: Office) -> None:
    bea = office.person(name="Bea")
    seen(office, bea, "laptop")
    seen(office, bea, "phone")
    office.write(lambda s: leave(s, bea.agent_id, now=office.clock.now(), line_id="laptop"))
    assert present(office) == ["Bea"]
    office.write(lambda s: leave(s, bea.agent_id, now=office.clock.now(), line_id="phone"))
    assert (present(office), told(office)) == ([], [True, False])


def test_a_desk_that_died_in_another_process_keeps_nobody_present(office: Office) -> None:
    bea = office.person(name="Bea")
    seen(office, bea, "killed")
    office.clock.advance(46)
    seen(office, bea, "phone")
    office.write(lambda s: leave(s, bea.agent_id, now=office.clock.now(), line_id="phone"))
    assert present(office) == []


def test_the_chat_of_an_agent_who_vanished_is_first_in_line_within_a_minute_with_everything(office: Office) -> None:
    bea, eve = office.person(name="Bea"), office.person(name="Eve")
    seen(office, bea)
    guest, other = talking(office, bea), office.guest()
    office.waits(other)
    office.clock.advance(30)
    office.sweep()
    assert office.owner(guest) == "agent"
    office.clock.advance(25)
    office.sweep()
    office.sweep()
    assert office.notices(guest) == ["queue.entered", "agent.joined", "queue.returned"]
    page = office.client.get(f"{guest.path}/messages", headers=guest.headers).json()
    assert (page["owner"], page["position"]) == ("queue", 1)
    assert page["messages"][-1]["text"].startswith("I'm sorry, Bea seems to have lost the connection.")
    packet = office.client.get(f"{guest.path}/hand-off", headers=eve.headers).json()
    assert [line["text"] for line in packet["transcript"] if line["sender"] == "customer"] == ["my parcel is late"]
    assert packet["why"]["evidence"][-1]["reason"] == "agent_away"
    assert packet["why"]["evidence"][-1]["agent"] == "Bea"
    assert office.client.post(f"{guest.path}/take", headers=eve.headers).json()["agent"]["name"] == "Eve"
    assert answers(office, bea, guest) == 409  # back again, Bea is told who has it


def test_a_chat_in_which_the_agent_had_the_last_word_stays_until_the_customer_writes(office: Office) -> None:
    bea = office.person(name="Bea")
    seen(office, bea)
    guest = talking(office, bea)
    assert answers(office, bea, guest) == 202
    office.clock.advance(120)
    office.sweep()
    assert office.owner(guest) == "agent"
    office.says(guest, "are you there?")
    office.sweep()
    assert office.owner(guest) == "queue"


def test_a_page_that_is_loaded_again_moves_nothing(office: Office) -> None:
    bea = office.person(name="Bea")
    seen(office, bea, "before")
    guest = talking(office, bea)
    office.write(lambda s: leave(s, bea.agent_id, now=office.clock.now(), line_id="before"))
    office.clock.advance(20)
    office.sweep()
    seen(office, bea, "after")
    office.clock.advance(40)
    office.sweep()
    assert office.owner(guest) == "agent"


def test_an_agent_who_is_there_and_silent_gives_the_chat_up(office: Office) -> None:
    bea = office.person(name="Bea")
    guest = talking(office, bea)
    for minute in range(7):
        seen(office, bea)
        office.clock.advance(40)
        office.sweep()
        assert office.owner(guest) == "agent", minute
    office.clock.advance(40)
    seen(office, bea)
    office.sweep()
    assert office.owner(guest) == "queue"
    hand_off = office.read(lambda s: s.scalars(select(HandOff)).one())
    assert hand_off.reason_codes[-1] == "agent_silent"


def test_the_silence_counts_from_the_first_line_that_was_not_answered(office: Office) -> None:
    bea = office.person()
    guest = talking(office, bea)
    answers(office, bea, guest)
    office.says(guest, "first")
    first = office.clock.now()
    office.says(guest, "second")
    [wait] = office.read(lambda s: waiting_for_agent(s, [guest.conversation_id])).values()
    assert wait.since == first
    answers(office, bea, guest, "2")
    assert office.read(lambda s: waiting_for_agent(s, [guest.conversation_id])) == {}


def test_an_agent_who_works_through_the_interface_alone_is_silent_at_worst(office: Office) -> None:
    program = office.person()
    guest = talking(office, program)
    office.clock.advance(240)
    office.sweep()
    assert office.owner(guest) == "agent"
    office.clock.advance(61)
    office.sweep()
    assert office.owner(guest) == "queue"


@pytest.mark.parametrize("seconds", [59, 61])
def test_an_agent_who_comes_back_just_as_the_chat_moves_leaves_one_owner_and_one_notice(
    office: Office, seconds: int
) -> None:
    bea = office.person(name="Bea")
    seen(office, bea)
    guest = talking(office, bea)
    office.clock.advance(seconds)
    at_once = threading.Barrier(4)

    def sweep() -> None:
        at_once.wait()
        now = office.clock.now()
        office.write(lambda s: turn_grey(s, now=now))
        office.write(lambda s: give_back(s, guest.conversation_id, now=now, silent_after=SILENT_AFTER, people=PEOPLE))

    def come_back() -> None:
        at_once.wait()
        seen(office, bea)
        with suppress(ApiError):
            answers(office, bea, guest)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(sweep), pool.submit(sweep), pool.submit(sweep), pool.submit(come_back)]:
            done.result()
    conversation = office.read(lambda s: s.get_one(Conversation, guest.conversation_id))
    assert (conversation.owner, conversation.agent_id) in [("agent", bea.agent_id), ("queue", None)]
    assert office.notices(guest).count("queue.returned") == (conversation.owner == "queue")
    lines = office.client.get(f"{guest.path}/messages", headers=guest.headers).json()["messages"]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))


def test_a_chat_that_cannot_be_moved_holds_up_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    bea = office.person(name="Bea")
    seen(office, bea)
    stuck, other = sorted((talking(office, bea), talking(office, bea)), key=lambda guest: guest.conversation_id)

    def give_back_but_one(session: Session, conversation_id: str, **options: Any) -> bool:
        if conversation_id == stuck.conversation_id:
            raise RuntimeError("a row nobody thought of")
        return give_back(session, conversation_id, **options)

    monkeypatch.setattr("api.desk.sweeper.give_back", give_back_but_one)
    office.clock.advance(60)
    office.sweep()
    assert (office.owner(stuck), office.owner(other)) == ("agent", "queue")
