"""kill -9 of the API at random moments of a turn: nothing acked is lost, nothing is said twice (B01).

`DESKMATE_SOAK=200` runs two hundred moments instead of a handful, `DESKMATE_SEED` repeats a run.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.store.database import Store
from tests.fakes import Call, FakeRasa, echo, wait_until
from tests.faults.api_process import main
from tests.running import _open_rows, check_standing, fresh_store, list_process

MOMENTS = int(os.environ.get("DESKMATE_SOAK", "5"))
SEED = int(os.environ.get("DESKMATE_SEED", str(random.randrange(10**6))))
LONGEST_S = 0.25  # from sending to killing: a turn here takes about 60 ms
READY_S = 60.0  # the first start imports everything, on a machine that may be busy; the later ones take a moment
PROCESSES = multiprocessing.get_context("forkserver")  # forks from a process that has imported it all
PROCESSES.set_forkserver_preload(["tests.faults.api_process"])


class KillableApi:
    """An API process that can be killed and started again on the same folder and port."""

    def __init__(self, var: Path) -> None:
        self._var = var
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=5, trust_env=False)

    def start(self) -> None:
        self._process = PROCESSES.Process(target=main, args=(str(self._var), str(self.port)), daemon=True)
        self._process.start()
        wait_until(self._is_alive, READY_S)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def _is_alive(self) -> bool:
        assert self._process.exitcode is None, "the API does not start"
        try:
            return self.http.get("/healthz").status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[KillableApi]:
    api = KillableApi(tmp_path)
    yield api
    api.kill()
    api.http.close()


def test_killing_the_api_loses_nothing_and_doubles_nothing(
    tmp_path: Path, rasa: FakeRasa, killable: KillableApi, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\nseed {SEED}, {MOMENTS} moments")  # noqa: T201
    moments = random.Random(SEED)
    rasa.behave = slowly
    store = fresh_store(tmp_path)
    list_process(store, rasa)
    killable.start()
    acked: list[tuple[str, str, str]] = []
    opened = killable.http.post("/v1/conversations", json={}).json()
    path, headers = f"/v1/conversations/{opened['conversation_id']}/messages", bearer(opened["token"])
    for number in range(MOMENTS):
        name, text = f"m{number}", f"question {number}"
        body = {"client_msg_id": name, "text": text}
        assert killable.http.post(path, json=body, headers=headers).status_code == 202
        acked.append((opened["conversation_id"], name, text))
        time.sleep(moments.uniform(0, LONGEST_S))  # the moment itself is what is tried, not a wait for something
        killable.kill()
        killable.start()
        assert killable.http.post(path, json=body, headers=headers).json()["seq"]  # a client that saw no ack resends
        wait_until(lambda: not store.read_sync(_open_rows), 60)  # three kills of one message would end in the fallback
    page = killable.http.get(path, headers=headers).json()
    said = [(line["sender"], line["text"]) for line in page["messages"]]
    for _, _, text in acked:
        assert said.count(("customer", text)) == 1
        assert said.count(("bot", f"You said: {text}")) == 1
    assert len(said) == 2 * MOMENTS
    check_standing(store, acked)
    assert sound(store)
    store.close()


def slowly(call: Call) -> None:
    """Take a moment, so that a kill can come in the middle."""
    time.sleep(0.05)
    echo(call)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def sound(store: Store) -> bool:
    with store.engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
