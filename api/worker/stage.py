"""A small installation for a few minutes, for playing dialogues: the real API, actions and one Rasa process.

It has a database of its own with the articles and intents of the real one and nothing else: no customer, no agent, no
webhook. Encoder, indexes, models and secrets are the installation's own. Orders and call-backs are those of the demo,
so that nothing played ever reaches a company's real systems.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from api.security.secrets import read_secret
from api.store.database import Store
from api.store.migrate import migrate
from api.store.tables import Article, ArticleVersion, Intent, KnowledgeBase, RasaProcess
from api.store.tables.base import Table
from api.worker.jobs import JobFailed
from api.worker.rasa_probe import RasaProbe
from api.worker.workshop import Workshop

START_LIMIT_S = 180.0  # as a promotion gives its process; 10 to 15 s on two idle cores
LOOK_EVERY_S = 0.2
ENDING_S = 15.0
SHARED = ("encoder", "cross_encoder", "index", "models", "secrets")  # folders of the installation, used where they are
COMPANYS_OWN = ("DESKMATE_ORDERS", "DESKMATE_DIARY")  # adapters to systems that must not hear of a rehearsal
COPIED: Sequence[type[Table]] = (KnowledgeBase, Article, Intent)


@dataclass
class Stage:
    """The running processes, but for Rasa's, which comes and goes with the model.

    Attributes:
        address: where customers reach the API.
        store: its database.
    """

    address: str
    store: Store
    _workshop: Workshop
    _environment: dict[str, str]
    _log: Path
    _api: subprocess.Popen[bytes]
    _actions: subprocess.Popen[bytes]

    @contextmanager
    def speaking(self, version: str, ready: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Let a model answer until the block ends.

        Args:
            version: the model.
            ready: called while waiting; what it raises ends the waiting.

        Raises:
            JobFailed: a process ended, or is not ready in time.
        """
        [port] = _free_ports(1)
        url = f"http://127.0.0.1:{port}"
        launch = ["api.processes.launch", "rasa", "--model", version, "--port", str(port)]
        probe = RasaProbe(read_secret(self._workshop.places.internal_secret))
        with _running(self._workshop, launch, self._environment, self._log) as rasa:
            try:
                parts = {"the API": self._api, "the action server": self._actions, f"Rasa with {version}": rasa}
                _wait_until(lambda: self._serves() and probe.ready(url, version), parts, ready)
            finally:
                probe.close()
            self.store.write_sync(lambda session: _only_process(session, version, url, self._workshop))
            yield

    def _serves(self) -> bool:
        actions = f"http://127.0.0.1:{self._environment['DESKMATE_ACTIONS_PORT']}/health"
        return all(_answers(url) for url in (f"{self.address}/healthz", actions))


@contextmanager
def stage(workshop: Workshop) -> Iterator[Stage]:
    """Set up a small installation beside the real one, and take it down afterwards."""
    with ExitStack() as kept:
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(dir=workshop.places.work, prefix="stage-")))
        for name in SHARED:
            if (workshop.places.var / name).exists():
                (folder / name).symlink_to(workshop.places.var / name)
        store = Store(f"sqlite:///{folder / 'deskmate.db'}")
        kept.callback(store.close)
        migrate(store)
        _furnish(workshop.store, store)
        api_port, actions_port = _free_ports(2)
        environment = {
            **{name: value for name, value in os.environ.items() if name not in COMPANYS_OWN},
            "DESKMATE_VAR_DIR": str(folder),
            "DESKMATE_DATA_DIR": str(workshop.data_dir),
            "DESKMATE_DATABASE_URL": "",
            "DESKMATE_HOST": "127.0.0.1",
            "DESKMATE_PORT": str(api_port),
            "DESKMATE_ACTIONS_HOST": "127.0.0.1",
            "DESKMATE_ACTIONS_PORT": str(actions_port),
            "DESKMATE_RATE_LIMITS": "false",
            "DESKMATE_LOG_LEVEL": "warning",
        }
        log = workshop.places.logs / "rehearsal.log"
        api, actions = (
            kept.enter_context(_running(workshop, command, environment, log))
            for command in (
                ["api.cli", "api"],
                ["api.processes.launch", "actions", "--port", str(actions_port)],
            )
        )
        yield Stage(f"http://127.0.0.1:{api_port}", store, workshop, environment, log, api, actions)


def _furnish(real: Store, empty: Store) -> None:
    """Copy what customers are answered from."""

    def read(session: Session) -> list[tuple[type[Table], list[dict[str, object]]]]:
        current = select(ArticleVersion).join(
            Article,
            (Article.kb == ArticleVersion.kb)
            & (Article.article_id == ArticleVersion.article_id)
            & (Article.version == ArticleVersion.version),
        )
        rows = [(table, [_values(row) for row in session.scalars(select(table))]) for table in COPIED]
        return [*rows, (ArticleVersion, [_values(row) for row in session.scalars(current)])]

    def write(session: Session) -> None:
        for table, rows in copied:
            if rows:
                session.execute(insert(table), rows)

    copied = real.read_sync(read)
    empty.write_sync(write)


def _values(row: Table) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}


def _only_process(session: Session, version: str, url: str, workshop: Workshop) -> None:
    session.execute(delete(RasaProcess))
    session.add(RasaProcess(model_version=version, url=url, state="ready", started_at=workshop.clock.now()))


@contextmanager
def _running(
    workshop: Workshop, module: Sequence[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of our programs gently, gone when we are."""
    python = workshop.places.python
    command = [python, "-m", "api.processes.die_with_parent", "nice", "-n", "10", python, "-m", *module]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=workshop.places.root, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until(ready: Callable[[], bool], parts: dict[str, subprocess.Popen[bytes]], look: Callable[[], None]) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while not ready():
        look()
        for name, process in parts.items():
            if process.poll() is not None:
                raise JobFailed(f"{name} ended with {process.returncode} (see rehearsal.log)")
        if time.monotonic() > limit:
            raise JobFailed(f"{' or '.join(parts)} was not ready within {START_LIMIT_S:.0f} s")
        time.sleep(LOOK_EVERY_S)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _free_ports(count: int) -> list[int]:
    """Return ports of the loopback that nobody listens on now."""
    sockets: list[socket.socket] = []
    try:
        for _ in range(count):
            sockets.append(socket.create_server(("127.0.0.1", 0)))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
