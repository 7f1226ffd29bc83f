"""A random walk through everything that can happen to chats; the standing checks I1-I5 hold after every walk.

Hypothesis prints a walk that fails as a program and keeps it, to be tried first next time.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select, update

from api.store.tables import RasaProcess, Turn
from tests.fakes import Call, FakeRasa, echo
from tests.running import Customer, RunningApi, check_standing, fresh_store

TEXTS = st.sampled_from(["hello", "/restart", "yes", "no", "agent", "useless!!", "😀", "x" * 3_000])


def answer_by_words(call: Call) -> None:
    """A bot whose signals a reader can guess from the text."""
    text = call.request["text"]
    codes = ["person_keyword"] if text == "agent" else []
    intent = {"yes": "affirm", "no": "deny"}.get(text, "ask")
    call.reply(f"You said: {text}", intent=intent, frustration=0.9 * ("!!" in text), hand_off={"reason_codes": codes})


BEHAVIOURS = {
    "well": echo,
    "by words": answer_by_words,
    "failed actions": lambda call: call.fail(),
    "reset": Call.reset,
    "nothing": lambda call: call.reply(),
    "rubbish": lambda call: call.send(200, b"<html>"),
    "asks for a person": lambda call: call.reply("Sorry.", hand_off={"reason_codes": ["request_person"]}),
}


class Walk(RuleBasedStateMachine):
    """Customers, two agents, a Rasa that misbehaves, and an API that is started again."""

    chats = Bundle("chats")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="deskmate-walk-"))
        self.rasa = FakeRasa(answer_by_words).__enter__()
        self.store = fresh_store(self.folder)
        self.api = RunningApi(self.folder, self.rasa, store=self.store, turn_timeout_s=5.0).__enter__()
        self.agents = [self.api.agent(name=name) for name in ("Ana", "Ben")]
        self.acked: list[tuple[str, str, str]] = []
        self.names = itertools.count()
        self.opened: list[Customer] = []

    @initialize(target=chats)
    def first(self) -> Customer:
        return self.open()

    @precondition(lambda self: len(self.opened) < 3)
    @rule(target=chats)
    def open(self) -> Customer:
        customer = self.api.customer()
        self.opened.append(customer)
        return customer

    @rule(customer=chats, text=TEXTS, times=st.integers(1, 3))
    def send(self, customer: Customer, text: str, times: int) -> None:
        name = f"w{next(self.names)}"
        seqs = {customer.send(text, name)["seq"] for _ in range(times)}
        assert len(seqs) == 1
        self.acked.append((customer.conversation_id, name, text))

    @rule(customer=chats)
    def resend_an_old_one(self, customer: Customer) -> None:
        for name, text in list(customer.sent.items())[:1]:
            customer.send(text, name)

    @rule(customer=chats, which=st.integers(0, 3))
    def press_a_button(self, customer: Customer, which: int) -> None:
        buttons = [b for line in customer.page()["messages"] for b in line.get("buttons", [])]
        if buttons:
            customer.press(buttons[which % len(buttons)]["button_id"])

    @rule(customer=chats, call=st.sampled_from(["request-person", "leave-queue"]))
    def ask_for_a_person_or_leave(self, customer: Customer, call: str) -> None:
        assert customer.post(call).status_code in {200, 409}

    @rule(customer=chats, agent=st.integers(0, 1), step=st.sampled_from(["take", "to bot", "to queue", "close", "say"]))
    def agent_acts(self, customer: Customer, agent: int, step: str) -> None:
        calls: dict[str, tuple[str, Any]] = {
            "take": ("take", None),
            "to bot": ("release", {"to": "bot"}),
            "to queue": ("release", {"to": "queue"}),
            "close": ("close", None),
            "say": ("agent-messages", {"client_msg_id": f"a{next(self.names)}", "text": "An agent speaks."}),
        }
        call, body = calls[step]
        answer = self.api.http.post(f"{customer.path}/{call}", json=body, headers=self.agents[agent])
        assert answer.status_code in {200, 202, 409}, answer.text

    @rule(how=st.sampled_from(sorted(BEHAVIOURS)))
    def rasa_behaves(self, how: str) -> None:
        self.rasa.behave = BEHAVIOURS[how]

    @rule(state=st.sampled_from(["ready", "draining"]), model=st.sampled_from(["model-1", "model-2"]))
    def model_is_swapped(self, state: str, model: str) -> None:
        self.rasa.model_version = model
        self.store.write_sync(lambda s: s.execute(update(RasaProcess).values(state=state, model_version=model)))

    @rule()
    def search_breaks_or_heals(self) -> None:
        self.api.finder.broken = not self.api.finder.broken

    @rule(customer=chats, after=st.integers(0, 3))
    def reconnect(self, customer: Customer, after: int) -> None:
        with customer.chat(after=after, epoch=customer.epoch) as chat:
            chat.hear("owner")
            seqs = [line["seq"] for line in chat.lines()]
        assert seqs == sorted(set(seqs))

    @rule()
    def api_is_started_again(self) -> None:
        self.api.__exit__()
        self.api = RunningApi(self.folder, store=self.store, turn_timeout_s=5.0).__enter__()
        for customer in self.opened:
            customer.api = self.api

    @invariant()
    def at_most_one_turn_runs_in_a_chat(self) -> None:
        running = select(func.count()).select_from(Turn).where(Turn.state == "running").group_by(Turn.conversation_id)
        assert all(count == 1 for count in self.store.read_sync(lambda s: s.scalars(running).all()))

    def teardown(self) -> None:
        try:
            self.api.settled()
            check_standing(self.store, self.acked)
            for customer in self.opened:  # I2: what clients see is what the database has
                with customer.chat() as chat:
                    chat.hear("owner")
                    assert chat.lines() == [{"type": "message", **line} for line in customer.page()["messages"]]
        finally:
            self.api.__exit__()
            self.store.close()
            self.rasa.stop()
            shutil.rmtree(self.folder, ignore_errors=True)


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=int(os.environ.get("DESKMATE_WALKS", "6")),
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
