"""kill -9 of the API at random moments of a turn: nothing acked is lost, nothing is said twice (B01).

`DESKMATE_SOAK=200` runs two hundred moments instead of a handful, `DESKMATE_SEED` repeats a run.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.store.database import Store
from api.store.tables import Turn
from tests.fakes import Call, FakeRasa, echo, wait_until
from tests.faults.processes import KillableApi
from tests.running import check_standing, fresh_store, list_process, open_rows

MOMENTS = int(os.environ.get("DESKMATE_SOAK", "5"))
SEED = int(os.environ.get("DESKMATE_SEED", str(random.randrange(10**6))))
LONGEST_S = 0.25  # from sending to killing: a turn here takes about 60 ms
RESTART_S = 5.0


def test_killing_the_api_loses_nothing_and_doubles_nothing(
    tmp_path: Path, rasa: FakeRasa, killable: KillableApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """B01."""
    restarts = []
    moments = random.Random(SEED)
    with capsys.disabled():
        print(f"\nseed {SEED}")  # noqa: T201 - to repeat a failure
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
        restarts.append(killable.start())
        assert killable.http.post(path, json=body, headers=headers).json()["seq"]  # a client that saw no ack resends
        wait_until(lambda: not store.read_sync(open_rows), 60)  # three kills of one message would end in the fallback
    page = killable.http.get(path, headers=headers).json()
    said = [(line["sender"], line["text"]) for line in page["messages"]]
    for _, _, text in acked:
        assert said.count(("customer", text)) == 1
        assert said.count(("bot", f"You said: {text}")) == 1
    assert len(said) == 2 * MOMENTS
    check_standing(store, acked)
    assert sound(store)
    cut_short = store.read_sync(lambda s: s.scalar(select(func.count()).where(Turn.state == "abandoned")))
    store.close()
    with capsys.disabled():
        print(f"\n{MOMENTS} kills, {cut_short} of them in a turn, slowest restart {max(restarts):.2f} s")  # noqa: T201
    assert max(restarts) < RESTART_S


def slowly(call: Call) -> None:
    """Take a moment, so that a kill can come in the middle."""
    time.sleep(0.05)
    echo(call)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def sound(store: Store) -> bool:
    with store.engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
