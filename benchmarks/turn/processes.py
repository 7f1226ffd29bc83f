"""The processes of the benchmark, and the CPU time they use."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
BOT_PYTHON = ROOT / ".venv-bot" / "bin" / "python"
READY_LIMIT_S = 900.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running bot."""

    pid: int
    actions_pid: int
    port: int
    secret: str = ""

    def cpu_s(self) -> float:
        """User and system seconds of the Rasa process so far, all its threads together, to the nanosecond."""
        return _cpu_s(self.pid)

    def actions_cpu_s(self) -> float:
        """The same of the action server."""
        return _cpu_s(self.actions_pid)

    def memory_mb(self) -> float:
        """Resident memory of the Rasa process now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def stock_server(model: Path, folder: Path) -> Iterator[Server]:
    """Run stock Rasa as its documentation says: `rasa run`, REST channel."""
    with trivial_actions() as (actions_pid, actions_url):
        (folder / "endpoints.yml").write_text(f"action_endpoint:\n  url: {actions_url}\n")
        (folder / "credentials.yml").write_text("rest:\n")
        port = free_port()
        command = ["-m", "rasa", "run", "--model", str(model), "--endpoints", str(folder / "endpoints.yml")]
        command += ["--credentials", str(folder / "credentials.yml"), "--port", str(port), "-i", "127.0.0.1"]
        with running(command, folder / "stock.log", {}) as process:
            _wait(lambda: _says(port, "stock"), process)
            yield Server(process.pid, actions_pid, port)


@contextmanager
def our_server(model: Path, folder: Path) -> Iterator[Server]:
    """Run this bot."""
    secret_file = folder / "secret"
    secret_file.write_text(secrets.token_hex(32))
    with trivial_actions() as (actions_pid, actions_url):
        port = free_port()
        environment = {"DESKMATE_SECRET_FILE": str(secret_file), "DESKMATE_ACTIONS_URL": actions_url}
        headers = {"Authorization": f"Bearer {secret_file.read_text()}"}
        command = ["-m", "bot.serve", "--model", str(model), "--port", str(port)]
        with running(command, folder / "bot.log", environment) as process:
            url = f"http://127.0.0.1:{port}/webhooks/gateway/ready"
            _wait(lambda: httpx.get(url, headers=headers, timeout=10).status_code == 200, process)
            yield Server(process.pid, actions_pid, port, secret_file.read_text())


@contextmanager
def trivial_actions() -> Iterator[tuple[int, str]]:
    """Run an action server that says one sentence whatever it is asked."""
    port = free_port()
    with running(["-m", "benchmarks.turn.trivial_actions", str(port)], None, {}) as process:
        _wait(lambda: httpx.get(f"http://127.0.0.1:{port}/").status_code == 200, process)
        yield process.pid, f"http://127.0.0.1:{port}/webhook"


@contextmanager
def running(command: list[str], log: Path | None, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module in the bot's environment and end it afterwards."""
    output = log.open("w") if log else subprocess.DEVNULL
    process = subprocess.Popen(
        [str(BOT_PYTHON), *command],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "RASA_TELEMETRY_ENABLED": "false", **environment},
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _cpu_s(pid: int) -> float:
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            continue  # a thread that has just ended
    return total / 1e9


def _says(port: int, sender: str) -> bool:
    url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
    return httpx.post(url, json={"sender": sender, "message": "hello"}, timeout=60).status_code == 200


def _wait(is_ready: object, process: subprocess.Popen[bytes]) -> None:
    assert callable(is_ready)
    limit = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < limit:
        if process.poll() is not None:
            sys.exit(f"a process ended with status {process.returncode}")
        try:
            if is_ready():
                return
        except (httpx.HTTPError, ValueError):
            pass
        time.sleep(0.5)
    sys.exit("a process was not ready in time")
