"""The Chatwoot adapter between a fake Chatwoot and the real API: who answers, who is silent, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from deskmate_chatwoot.app import create_app
from deskmate_chatwoot.chatwoot import Chatwoot
from deskmate_chatwoot.memory import KnownChat, Memory
from deskmate_chatwoot.payloads import ChatKey, SaidEvent, StatusEvent, read_event
from deskmate_chatwoot.settings import HANDED_OVER, Settings
from deskmate_chatwoot.signature import is_from_chatwoot
from deskmate_client import AsyncDesk, Desk, Patience
from tests.clients.conftest import token_of
from tests.clients.fake_chatwoot import BOT_TOKEN, KEY, PAYLOADS, READER_TOKEN, SECRET, FakeChatwoot, payload, send
from tests.fakes import Call, FakeRasa, echo, wait_until
from tests.running import RunningApi

AT_ONCE = Patience(tries=2, first_pause_s=0.0)
CHAT = ChatKey(3, 57)


@dataclass
class Bridge:
    """An adapter that runs, with what is on both sides of it."""

    client: TestClient
    chatwoot: FakeChatwoot
    memory: Memory
    desk: Desk
    api: RunningApi

    def hears(self, name: str, **changes: Any) -> Any:
        """Send a recorded event to the adapter."""
        answer = send(self.client, payload(name, **changes))
        assert answer.status_code == 200
        return answer.json()

    def echoes(self) -> None:
        """Send the adapter what Chatwoot says of the adapter's own doings."""
        while self.chatwoot.events:
            send(self.client, self.chatwoot.events.pop(0))
        self.settles()

    def settles(self) -> None:
        """Wait until nothing waits in the adapter, and its events are read to the end."""
        wait_until(lambda: not self.memory.waiting())
        self.api.settled()
        last = self.desk.read_events().after
        wait_until(lambda: (self.memory.place or (0, ""))[0] >= last)

    @property
    def chat(self) -> KnownChat:
        """The one conversation."""
        known = self.memory.chat(CHAT)
        assert known is not None
        return known

    def lines(self) -> list[tuple[str, str]]:
        """What Deskmate holds, without its own notices."""
        page = self.desk.messages(self.chat.conversation_id)
        return [(line.sender, line.text) for line in page.messages if line.sender != "system"]

    def owner(self) -> str:
        """Who has the chat in Deskmate."""
        return self.desk.messages(self.chat.conversation_id).owner


def running(
    api: RunningApi, memory: Memory, chatwoot: FakeChatwoot, url: str = "", reader_token: str = ""
) -> TestClient:
    settings = Settings(url or api.url, token_of(api), "https://desk.example/", BOT_TOKEN, KEY, SECRET)
    desk = AsyncDesk(settings.deskmate_url, settings.deskmate_token, patience=AT_ONCE)
    side = Chatwoot("https://desk.example", BOT_TOKEN, AT_ONCE, chatwoot.transport(), reader_token=reader_token)
    return TestClient(create_app(settings, memory=memory, desk=desk, chatwoot=side, pause_s=0.05))


@pytest.fixture
def bridge(api: RunningApi, tmp_path: Path) -> Iterator[Bridge]:
    chatwoot, memory = FakeChatwoot(), Memory(tmp_path / "chatwoot.db")
    with running(api, memory, chatwoot) as client, Desk(api.url, token_of(api)) as desk:
        wait_until(lambda: memory.place is not None)
        yield Bridge(client, chatwoot, memory, desk, api)
    memory.close()


def test_a_customers_message_is_answered_in_chatwoot_and_its_echo_is_not_heard(bridge: Bridge) -> None:
    bridge.hears("message_from_customer")
    wait_until(lambda: bridge.chatwoot.texts == ["You said: where is my parcel"])
    bridge.echoes()
    assert bridge.lines() == [("customer", "where is my parcel"), ("bot", "You said: where is my parcel")]
    header = bridge.desk.conversation(bridge.chat.conversation_id)
    assert header["customer"] == {"name": "Marta Okoro", "email": "marta@example.org", "verified": False}


def test_the_same_event_twice_is_one_message(bridge: Bridge) -> None:
    assert bridge.hears("message_from_customer") == {"new": True}
    assert bridge.hears("message_from_customer") == {"new": False}
    wait_until(lambda: len(bridge.chatwoot.texts) == 1)
    bridge.settles()
    assert [who for who, _ in bridge.lines()] == ["customer", "bot"]
    assert len(bridge.chatwoot.texts) == 1


def test_a_hand_off_opens_the_conversation_with_a_brief_and_silences_the_bot(bridge: Bridge) -> None:
    bridge.hears("message_from_customer")
    wait_until(lambda: bridge.chatwoot.texts)
    bridge.api.http.post(
        f"/v1/conversations/{bridge.chat.conversation_id}/request-person",
        headers={"Authorization": f"Bearer {bridge.chat.token}"},
    )
    wait_until(lambda: bridge.chatwoot.status == "open" and bridge.chatwoot.notes)
    bridge.echoes()
    assert bridge.chatwoot.texts[-1] == HANDED_OVER  # not our queue's place, which means nothing there
    assert "where is my parcel" in bridge.chatwoot.notes[0]
    wait_until(lambda: bridge.owner() == "agent")  # the echo of `open`
    before = list(bridge.chatwoot.texts)
    bridge.hears("message_from_customer", id=910, content="hello? anybody?", status="open")
    bridge.settles()
    assert bridge.lines()[-1] == ("customer", "hello? anybody?")
    assert bridge.chatwoot.texts == before


def test_what_an_agent_writes_in_chatwoot_is_known_to_the_bot_and_not_sent_again(bridge: Bridge) -> None:
    bridge.hears("message_from_customer")
    wait_until(lambda: bridge.chatwoot.texts)
    bridge.hears("message_from_agent")
    bridge.hears("private_note")
    bridge.hears("activity")
    bridge.settles()
    assert bridge.lines()[-1] == ("agent", payload("message_from_agent")["content"])
    assert len(bridge.chatwoot.said) == 1
    assert bridge.owner() == "agent"
    bridge.hears("status_changed", status="pending")
    wait_until(lambda: bridge.owner() == "bot")
    bridge.hears("message_from_customer", id=911, content="thanks, and returns?")
    wait_until(lambda: bridge.chatwoot.texts[-1] == "You said: thanks, and returns?")
    bridge.hears("status_changed", status="resolved")
    wait_until(lambda: bridge.owner() == "closed")


def test_a_conversation_that_agents_have_from_the_start_is_never_the_bots(bridge: Bridge) -> None:
    bridge.hears("message_from_customer", status="open")
    wait_until(lambda: bridge.memory.chat(CHAT))
    bridge.settles()
    assert bridge.lines() == [("customer", "where is my parcel")]
    assert bridge.chatwoot.said == []


def test_buttons_are_choices_and_a_choice_is_a_press(bridge: Bridge, rasa: FakeRasa) -> None:
    def ask(call: Call) -> None:
        call.reply(
            "Which one?", buttons=[{"title": "The boots", "payload": "/boots"}, {"title": "Both", "payload": "/both"}]
        )

    rasa.behave = ask
    try:
        bridge.hears("message_from_customer")
        wait_until(lambda: bridge.chatwoot.said)
    finally:
        rasa.behave = echo
    [asked] = bridge.chatwoot.said
    assert asked["content_type"] == "input_select"
    chosen = asked["content_attributes"]["items"][1]
    assert chosen["title"] == "Both"
    attributes = {**asked["content_attributes"], "submitted_values": [chosen]}
    bridge.hears("button_pressed", id=asked["id"], content_attributes=attributes)
    bridge.hears("button_pressed", id=asked["id"], content_attributes=attributes)
    bridge.settles()
    assert [text for who, text in bridge.lines() if who == "customer"] == ["where is my parcel", "Both"]


def test_while_chatwoot_is_away_an_answer_waits_for_it(bridge: Bridge) -> None:
    bridge.chatwoot.faults = [503] * 5
    bridge.hears("message_from_customer")
    wait_until(lambda: bridge.chatwoot.texts == ["You said: where is my parcel"])
    assert bridge.chatwoot.faults == []


@pytest.mark.parametrize(("reader_token", "shown"), [(READER_TOKEN, 1), ("", 2)])
def test_an_answer_whose_sending_broke_off_is_looked_for_before_it_is_said_again(
    api: RunningApi, tmp_path: Path, reader_token: str, shown: int
) -> None:
    chatwoot, memory = FakeChatwoot(cut_off=1), Memory(tmp_path / "chatwoot.db")
    with running(api, memory, chatwoot, reader_token=reader_token) as client:
        for number, text in ((901, "where is my parcel"), (902, "where is my parcel")):
            send(client, payload("message_from_customer", id=number, content=text))
            wait_until(lambda: not memory.waiting())
        wait_until(lambda: len(chatwoot.texts) == shown + 1)  # the same words once more are another answer
    assert chatwoot.texts == ["You said: where is my parcel"] * (shown + 1)
    memory.close()


def test_while_deskmate_is_away_the_agents_get_the_conversation(api: RunningApi, tmp_path: Path) -> None:
    chatwoot, memory = FakeChatwoot(), Memory(tmp_path / "chatwoot.db")
    with running(api, memory, chatwoot, url="http://127.0.0.1:9") as client:
        send(client, payload("message_from_customer"))
        wait_until(lambda: chatwoot.status == "open" and chatwoot.notes)
        assert "Deskmate cannot be reached" in chatwoot.notes[0]
        assert len(memory.waiting()) == 1  # and is passed on later
    memory.close()


def test_what_was_taken_in_is_dealt_with_after_a_restart(api: RunningApi, tmp_path: Path) -> None:
    chatwoot, memory = FakeChatwoot(), Memory(tmp_path / "chatwoot.db")
    memory.take_in("3/57/message/901/", payload("message_from_customer"))
    memory.close()
    again = Memory(tmp_path / "chatwoot.db")
    with running(api, again, chatwoot) as client:
        assert client.get("/healthz").status_code == 200
        wait_until(lambda: chatwoot.texts == ["You said: where is my parcel"])
        assert send(client, payload("message_from_customer")).json() == {"new": False}
    again.close()


def test_only_chatwoot_may_send_events(bridge: Bridge) -> None:
    good = send(bridge.client, payload("widget_opened"))
    assert good.status_code == 200
    assert bridge.client.post(f"/chatwoot/{KEY}", json={}).status_code == 401
    assert bridge.client.post("/chatwoot/another-key", json={}).status_code == 404
    body, now = b"{}", 1000.0
    assert not is_from_chatwoot(SECRET, body, "sha256=00", "1000", now_s=now)
    for stamp in ("", "x", "600", "9" * 30):
        assert not is_from_chatwoot(SECRET, body, "sha256=00", stamp, now_s=now)


def test_the_dashboard_app_shows_the_bots_suggestions_and_the_brief(bridge: Bridge) -> None:
    context = payload("dashboard_context")["data"]["conversation"]
    path = f"/dashboard/{KEY}/suggestions"
    unknown = bridge.client.post(path, json=context).json()  # Deskmate has never heard of it: searched from its lines
    assert unknown["suggestions"][0]["article_id"] == "parcel"
    bridge.hears("message_from_customer")
    wait_until(lambda: bridge.chatwoot.texts)
    shown = bridge.client.post(path, json=context).json()
    mine = bridge.desk.suggestions_for(str(bridge.chat.question_id))
    assert [one["suggestion_id"] for one in shown["suggestions"]] == [
        one.suggestion_id for one in (*mine.suggestions, *mine.internal)
    ]
    assert [one["internal"] for one in shown["suggestions"]] == [False, True]
    copied = bridge.client.post(f"/dashboard/{KEY}/copied/{mine.suggestions[0].suggestion_id}")
    assert copied.status_code == 204


def test_the_dashboard_app_is_framed_by_chatwoot_only(bridge: Bridge) -> None:
    page = bridge.client.get(f"/dashboard/{KEY}")
    assert "frame-ancestors https://desk.example" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert bridge.client.get("/dashboard/another-key").status_code == 404
    assert bridge.client.get(f"/dashboard/{KEY}/origin").json() == {"origin": "https://desk.example"}


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("*.json")))
def test_every_recorded_payload_is_read_whole_or_passed_over(name: str) -> None:
    event = read_event(payload(name))
    if name in {"widget_opened", "dashboard_context"}:
        assert event is None
        return
    assert isinstance(event, SaidEvent | StatusEvent)
    assert event.key == CHAT
    for wrong in (
        {},
        {"event": "message_created"},
        payload(name) | {"account": None, "messages": [], "conversation": 3},
    ):
        assert read_event(wrong) is None


def test_settings_name_what_is_missing() -> None:
    with pytest.raises(ValueError, match="DESKMATE_TOKEN, CHATWOOT_URL"):
        Settings.read({"DESKMATE_URL": "x", "CHATWOOT_BOT_TOKEN": "x", "ADAPTER_KEY": "x"})
    good = Settings("http://d", "t", "https://desk.example/app", "b", KEY)
    assert good.chatwoot_origin == "https://desk.example"
    with pytest.raises(ValueError, match="16"):
        replace(good, path_key="short")
