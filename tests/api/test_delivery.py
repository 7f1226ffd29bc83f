"""Nothing lost, doubled or reordered (A01-A10, A14-A16)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from api.conversations.transcript import append, locked, system_line
from api.store.tables import Audit, Meta
from tests.fakes import FakeRasa, MovableClock, wait_until
from tests.proxy import TcpProxy
from tests.running import Chat, Customer, RunningApi, check_standing, list_process


def test_a_message_sent_five_times_is_one_message_and_one_turn(any_api: RunningApi, rasa: FakeRasa) -> None:
    """A01."""
    customer = any_api.customer()
    answers = [customer.send("where is my parcel", "same") for _ in range(5)]
    any_api.settled()
    assert len({answer["message_id"] for answer in answers}) == 1
    assert [answer["seq"] for answer in answers] == [1] * 5
    assert customer.lines() == [("customer", "where is my parcel"), ("bot", "You said: where is my parcel")]
    assert len(rasa.turns) == 1


def test_fifty_sends_at_once_over_sockets_and_http_are_one_message(any_api: RunningApi, rasa: FakeRasa) -> None:
    """A02."""
    customer = any_api.customer()
    go = threading.Barrier(50)

    def over_http(_: int) -> str:
        go.wait()
        return str(customer.send("hello", "same")["message_id"])

    def over_socket(_: int) -> str:
        with customer.chat() as chat:
            chat.hear("owner")
            go.wait()
            chat.say("message", client_msg_id="same", text="hello")
            return str(chat.hear("ack")["message_id"])

    with ThreadPoolExecutor(50) as pool:
        work = [pool.submit(over_http, n) for n in range(45)] + [pool.submit(over_socket, n) for n in range(5)]
        ids = [one.result(30) for one in work]
    any_api.settled()
    assert len(set(ids)) == 1
    assert customer.said_by("customer") == ["hello"]
    assert len(rasa.turns) == 1


def test_a_resend_after_thirty_days_is_the_same_message(tmp_path: Path, rasa: FakeRasa) -> None:
    """A03."""
    clock = MovableClock()
    with RunningApi(tmp_path, rasa, clock=clock) as api:
        customer = api.customer()
        first = customer.send("hello", "same")
        api.settled()
        clock.move(days=30)
        assert customer.send("hello", "same") == first
        assert customer.said_by("customer") == ["hello"]


def test_another_text_under_the_same_id_is_refused_and_noted(any_api: RunningApi) -> None:
    """A04."""
    customer = any_api.customer()
    customer.send("the first text", "same")
    answer = customer.post("messages", {"client_msg_id": "same", "text": "another text"})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "client_msg_id_taken"
    assert answer.json()["error"]["stored"]["text"] == "the first text"
    any_api.settled()
    assert customer.said_by("customer") == ["the first text"]
    lines = any_api.store.read_sync(lambda s: s.scalars(select(Audit)).all())
    noted = [line for line in lines if line.action == "client_msg_id_taken"]
    assert [line.actor for line in noted] == [f"customer:{customer.conversation_id}"]
    assert "text" not in str(noted[0].details)


def test_the_same_id_in_two_conversations_is_two_messages(any_api: RunningApi) -> None:
    """A05."""
    one, other = any_api.customer(), any_api.customer()
    assert one.send("mine", "same")["message_id"] != other.send("yours", "same")["message_id"]
    any_api.settled()
    assert one.said_by("customer") == ["mine"]
    assert other.said_by("customer") == ["yours"]


def test_a_lost_ack_and_a_retry_make_one_message_and_one_answer(api: RunningApi, rasa: FakeRasa) -> None:
    """A06."""
    customer = api.customer()
    with TcpProxy(api.port) as proxy:
        with customer.chat_through(proxy.port) as chat:
            chat.hear("owner")
            proxy.swallow_answers()
            chat.say("message", client_msg_id="once", text="hello")
            wait_until(lambda: customer.said_by("customer") == ["hello"])
        proxy.cut()
        proxy.pass_answers()
        with customer.chat_through(proxy.port) as chat:
            chat.say("message", client_msg_id="once", text="hello")
            assert chat.hear("ack")["seq"] == 1
            chat.hear("message", sender="bot")
    assert customer.lines() == [("customer", "hello"), ("bot", "You said: hello")]
    assert len(rasa.turns) == 1


def _say(customer: Customer, count: int) -> None:
    """Write lines as another part of the service would, quickly."""

    def write(session: object) -> None:
        conversation = locked(session, customer.conversation_id)  # type: ignore[arg-type]
        for number in range(count):
            line = system_line(f"line {number}", "note", at=customer.api.clock.now())
            append(session, conversation, line)  # type: ignore[arg-type]

    customer.api.store.write_sync(write)


def test_a_reconnecting_client_gets_the_three_hundred_messages_it_missed(api: RunningApi) -> None:
    """A07."""
    customer = api.customer()
    _say(customer, 1)
    with customer.chat() as chat:
        chat.hear("owner")
    _say(customer, 300)
    with customer.chat(after=1, epoch=customer.epoch) as chat:
        chat.hear("message", seq=301)
        assert [line["seq"] for line in chat.lines()] == list(range(2, 302))
        assert not [frame for frame in chat.frames if frame["type"] == "reset"]


def test_a_client_that_was_away_for_a_day_catches_up_from_the_database(tmp_path: Path, rasa: FakeRasa) -> None:
    """A08."""
    clock = MovableClock()
    with RunningApi(tmp_path, rasa, clock=clock) as api:
        customer = api.customer()
        _say(customer, 20)
        clock.move(days=1)
        _say(customer, 20)
        page = customer.page(after=20, epoch=customer.epoch)
        assert [line["seq"] for line in page["messages"]] == list(range(21, 41))
        assert "reset" not in page


def test_ten_reconnects_replay_a_missed_message_once(api: RunningApi) -> None:
    """A09."""
    customer = api.customer()
    _say(customer, 1)
    seen, heard = 0, []
    for _ in range(10):
        with customer.chat(after=seen, epoch=customer.epoch) as chat:
            chat.hear("owner")
            heard += [line["seq"] for line in chat.lines()]
            seen = max([seen, *heard])
    assert heard == [1]


@pytest.mark.parametrize("after", ["-1", str(2**63), "abc", "1.5", ""])
def test_a_malformed_seq_is_refused(api: RunningApi, after: str) -> None:
    """A10."""
    customer = api.customer()
    answer = api.http.get(f"{customer.path}/messages", params={"after": after}, headers=customer.headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"


@pytest.mark.parametrize("after", [-1, 2**63, "abc", 1.5, True])
def test_a_malformed_seq_in_a_hello_is_an_error_and_hello_may_be_said_again(api: RunningApi, after: object) -> None:
    """A10."""
    customer = api.customer()
    with api.socket() as socket:
        chat = Chat(socket)
        chat.say("hello", token=customer.token, after=after)
        assert chat.hear("error")["error"]["code"] == "invalid"
        chat.say("hello", token=customer.token, after=0)
        assert chat.hear("owner")["owner"] == "bot"


def test_a_seq_of_the_future_resets_the_client_and_shows_its_own_rows_only(api: RunningApi) -> None:
    """A10."""
    customer, other = api.customer(), api.customer()
    _say(other, 50)
    _say(customer, 3)
    page = customer.page(after=40)
    assert page["reset"] is True
    assert [line["seq"] for line in page["messages"]] == [1, 2, 3]
    with customer.chat(after=40, epoch=customer.epoch) as chat:
        assert chat.hear("reset")["epoch"] == customer.epoch
        chat.hear("owner")
        assert [line["seq"] for line in chat.lines()] == [1, 2, 3]


def test_a_client_of_another_epoch_forgets_what_it_has(api: RunningApi) -> None:
    customer = api.customer()
    _say(customer, 3)
    page = customer.page(after=2, epoch="an older history")
    assert page["reset"] is True
    assert [line["seq"] for line in page["messages"]] == [1, 2, 3]


def test_a_restored_database_has_a_new_epoch(tmp_path: Path, rasa: FakeRasa) -> None:
    with RunningApi(tmp_path, rasa) as api:
        before = api.customer().epoch
    with RunningApi(tmp_path) as api:
        assert api.customer().epoch == before
        api.store.write_sync(lambda s: s.merge(Meta(key="epoch", value="from the backup")))
    with RunningApi(tmp_path) as api:
        assert api.customer().epoch not in {before, "from the backup"}


def test_two_hundred_messages_without_waiting_keep_their_order(any_api: RunningApi, rasa: FakeRasa) -> None:
    """A14."""
    list_process(any_api.store, rasa)
    list_process(any_api.store, rasa)
    customer = any_api.customer()
    texts = [f"message {number}" for number in range(200)]
    with customer.chat() as chat:
        for number, text in enumerate(texts):
            chat.say("message", client_msg_id=f"n{number}", text=text)
        acks = [chat.hear("ack") for _ in texts]
        chat.hear("message", seq=400, timeout_s=120)  # reading on, so that the socket stays alive on a slow machine
    any_api.settled()
    assert [ack["client_msg_id"] for ack in acks] == [f"n{number}" for number in range(200)]
    assert customer.said_by("customer") == texts
    assert customer.said_by("bot") == [f"You said: {text}" for text in texts]
    check_standing(any_api.store, [(customer.conversation_id, f"n{n}", text) for n, text in enumerate(texts)])
    with any_api.desk(any_api.agent()) as desk:  # the agents' console shows the same order
        desk.say("hello", after=0, epoch=customer.epoch)
        desk.hear("ready")
        lines = [frame["payload"] for frame in desk.frames if frame.get("kind") == "message"]
    assert [line["text"] for line in lines if line["sender"] == "customer"] == texts
    assert [line["seq"] for line in lines] == list(range(1, 401))


def test_two_tabs_end_with_the_same_transcript(api: RunningApi) -> None:
    """A15."""
    customer = api.customer()
    with customer.chat() as one, customer.chat() as other:
        one.say("message", client_msg_id="a", text="from one")
        one.hear("message", sender="bot")
        other.say("message", client_msg_id="b", text="from the other")
        for chat in (one, other):
            chat.hear("message", seq=4)
        assert one.lines() == other.lines()
        own = [line for line in one.lines() if line.get("client_msg_id") == "a"]
        assert len(own) == 1


def test_an_agent_who_opens_the_chat_later_sees_what_a_colleague_said(api: RunningApi) -> None:
    """A16."""
    customer, ana, ben = api.customer(), api.agent(name="Ana"), api.agent(name="Ben")
    customer.post("request-person")
    assert api.http.post(f"{customer.path}/take", headers=ana).status_code == 200
    body = {"client_msg_id": "r1", "text": "Hello, Ana here."}
    assert api.http.post(f"{customer.path}/agent-messages", json=body, headers=ana).status_code == 202
    page = api.http.get(f"{customer.path}/messages", headers=ben).json()
    assert (page["messages"][-1]["sender"], page["messages"][-1]["name"]) == ("agent", "Ana")


def test_a_long_poll_wakes_on_a_message_and_on_a_change_of_owner(api: RunningApi) -> None:
    customer, ana = api.customer(), api.agent()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(customer.page, after=0, wait=20)
        customer.send("hello")
        assert waiting.result(15)["messages"][0]["text"] == "hello"
        api.settled()
        last = customer.page()["messages"][-1]["seq"]
        waiting = pool.submit(customer.page, after=last, wait=20)
        customer.post("request-person")
        assert waiting.result(15)["owner"] == "queue"
    assert customer.page(after=10**6)["owner"] == "queue"
    assert api.http.post(f"{customer.path}/take", headers=ana).json()["owner"] == "agent"


def test_a_wait_above_thirty_seconds_is_refused(api: RunningApi) -> None:
    customer = api.customer()
    answer = api.http.get(f"{customer.path}/messages", params={"wait": 31}, headers=customer.headers)
    assert answer.status_code == 422


def test_an_expired_conversation_takes_no_message_but_a_resend_is_still_answered(
    tmp_path: Path, rasa: FakeRasa
) -> None:
    clock = MovableClock()
    with RunningApi(tmp_path, rasa, clock=clock) as api:
        customer = api.customer()
        first = customer.send("hello", "old")
        api.settled()
        clock.move(days=91)
        answer = customer.post("messages", {"client_msg_id": "new", "text": "still there?"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conversation_expired")
        assert customer.send("hello", "old") == first
        assert customer.said_by("customer") == ["hello"]
