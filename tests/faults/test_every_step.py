"""The database fails at each single step of a message's way, from its acceptance to its answer: it is answered once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.orm import Session

from api.store.database import Store, StoreBusy
from tests.fakes import FakeRasa
from tests.running import Customer, RunningApi, check_standing, fresh_store

T = TypeVar("T")
MOST_STEPS = 60  # far more than a message takes: background work may come in between


class FaultyStore(Store):
    """A database that can fail at its nth use, before the work or after it was committed."""

    _uses = 0
    _fail_at = 0
    _too_late = False
    _lock = threading.Lock()

    def fail_at(self, use: int, *, too_late: bool) -> None:
        """Fail once, at that use from now on; 0 for never."""
        with self._lock:
            self._uses, self._fail_at, self._too_late = 0, use, too_late

    @property
    def has_failed(self) -> bool:
        """Whether that use has come."""
        return self._uses >= self._fail_at

    def write_sync(self, work: Callable[[Session], T]) -> T:
        return self._used(super().write_sync, work)

    def read_sync(self, work: Callable[[Session], T]) -> T:
        return self._used(super().read_sync, work)

    def _used(self, do: Callable[[Callable[[Session], T]], T], work: Callable[[Session], T]) -> T:
        with self._lock:
            self._uses += 1
            fails = self._uses == self._fail_at
        if fails and not self._too_late:
            raise StoreBusy("away")
        value = do(work)
        if fails:
            raise StoreBusy("gone before it could say that it was done")
        return value


@pytest.mark.parametrize("too_late", [False, True], ids=["before the work", "after the commit"])
def test_a_failure_at_any_step_is_no_loss_and_no_second_answer(
    tmp_path: Path, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch, too_late: bool
) -> None:
    monkeypatch.setattr("api.conversations.runner.SWEEP_S", 0.1)
    monkeypatch.setattr("api.conversations.runner.SHORTEST_RETRY_S", 0.05)
    plain = fresh_store(tmp_path)
    store = FaultyStore(plain.url)
    acked = []
    with RunningApi(tmp_path, rasa, store=store) as api:
        steps = 0
        while steps < MOST_STEPS:
            steps += 1
            customer, text = api.customer(), f"question {steps}"
            store.fail_at(steps, too_late=too_late)
            insist(customer, text)
            api.store = plain  # looking does not count
            api.settled()
            over = not store.has_failed
            store.fail_at(0, too_late=False)
            api.store = store
            assert customer.lines() == [("customer", text), ("bot", f"You said: {text}")], f"step {steps}"
            assert customer.outcomes() == ["answer"]
            acked.append((customer.conversation_id, "m", text))
            if over:
                break
        assert 10 <= steps < MOST_STEPS
    check_standing(plain, acked)
    store.close()
    plain.close()


def insist(customer: Customer, text: str) -> None:
    """Send as a client does: again under the same name, until it is acknowledged."""
    for _ in range(3):
        answer = customer.post("messages", {"client_msg_id": "m", "text": text})
        if answer.status_code == 202:
            return
        assert answer.status_code == 503
    raise AssertionError(answer.text)
