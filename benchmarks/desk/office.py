"""The API as a process of its own, over a fresh database, on a clock that runs faster than the world's."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

import api.desk.sweeper
from api.app import create_app
from api.clock import Clock
from api.company import load_company
from api.security.accounts import create_token
from api.settings import Settings
from api.start import server
from api.store.database import Store
from benchmarks.turn.processes import free_port
from tests.fakes import FakeRasa, WordFinder
from tests.running import COMPANY, SECRETS, fresh_store, list_process

OPENS = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # a Tuesday morning: everybody is in
ROOT = Path(__file__).resolve().parents[2]


class FastClock(Clock):
    """Wall time that runs `speed` times as fast from `OPENS` on; waits inside the service stay real."""

    def __init__(self, began_s: float, speed: float) -> None:
        self._began_s = began_s
        self._speed = speed

    def now(self) -> datetime:
        """Return the time in the simulated world."""
        return OPENS + timedelta(seconds=(time.time() - self._began_s) * self._speed)


@dataclass(frozen=True, slots=True)
class Office:
    """A running API, and who may work in it."""

    url: str
    store: Store
    clock: FastClock
    speed: float
    tokens: tuple[str, ...]  # one agent each
    watcher: str  # an administrator's

    def real_s(self, seconds: float) -> float:
        """Return how long some simulated seconds take here."""
        return seconds / self.speed


@contextmanager
def open_office(var: Path, *, agents: int, speed: float) -> Iterator[Office]:
    """Start the API and let it go again; Rasa is a fake that answers at once."""
    began_s, port = time.time(), free_port()
    clock = FastClock(began_s, speed)
    store = fresh_store(var)
    now = clock.now()
    names = [f"Agent {number}" for number in range(1, agents + 1)]
    tokens = tuple(
        store.write_sync(lambda s, name=name: create_token(s, "agent", name=name, now=now)) for name in names
    )
    watcher = store.write_sync(lambda s: create_token(s, "admin", name="Watcher", now=now))
    with FakeRasa() as rasa:
        list_process(store, rasa)
        command = [sys.executable, "-m", "benchmarks.desk.office", str(var), str(port), str(began_s), str(speed)]
        with (var / "api.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            yield Office(url, store, clock, speed, tokens, watcher)
        finally:
            process.terminate()
            process.wait(20)
            store.close()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/healthz", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the API does not start: {url}")


def main() -> None:
    """Serve, as the process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("var", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("began_s", type=float)
    parser.add_argument("speed", type=float)
    given = parser.parse_args()
    api.desk.sweeper.SWEEP_S /= given.speed  # the one wait that is part of what is simulated
    settings = Settings(var_dir=given.var, port=given.port, rate_limits=False, log_level="warning")
    app = create_app(
        settings,
        store=fresh_store(given.var),
        search=WordFinder(),
        company=load_company(COMPANY),
        secrets=SECRETS,
        clock=FastClock(given.began_s, given.speed),
    )
    server(settings, app).run()


if __name__ == "__main__":
    main()
