"""Real installations for tests: an encoder, a trained model and a whole running stack, each made once and shared.

Standard library only: both environments' tests use it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "tests"
APP_PYTHON = ROOT / ".venv" / "bin" / "python"
BOT_PYTHON = ROOT / ".venv-bot" / "bin" / "python"
READY_LIMIT_S = 300.0
ENDING_LIMIT_S = 60.0
KEPT = 3  # cached versions of each kind

ENCODER_INPUTS = ("kb_index/export.py", "kb_index/encoder.py")
MODEL_INPUTS = (
    "config.yml",
    "domain.yml",
    "data/nlu",
    "data/rules",
    "data/stories",
    "data/intents.yml",
    "data/frustration",
    "bot",
    "kb_index/encoder.py",
    "requirements/bot.txt",
    "api/worker/training_data.py",
    "api/worker/snapshot.py",
    "api/worker/seed.py",
)
# Whatever `deskmate prepare` reads or runs, beside the model.
PREPARED_INPUTS = (
    "api",
    "kb_index",
    "data",
    "config.yml",
    "domain.yml",
    "requirements/app.txt",
    "tests/adopt_model.py",
)


def encoder_folder() -> Path:
    """Return a folder with the exported encoder."""

    def export(folder: Path) -> None:
        _run([APP_PYTHON, "-m", "kb_index.export", "--output", folder], "export the encoder")

    return _cached("encoder", ENCODER_INPUTS, export)


def model_folder() -> Path:
    """Return a folder with `model.tar.gz` and `manifest.json`: the first model a new installation trains."""
    encoder = encoder_folder()

    def train(folder: Path) -> None:
        snapshot = folder / "snapshot"
        _run([APP_PYTHON, "-m", "tests.make_snapshot", snapshot], "write the training data")
        _run([BOT_PYTHON, "-m", "bot.sync_intents", "--root", snapshot], "write the intents' rules")
        options = ["--snapshot", snapshot, "--encoder", encoder, "--output", folder, "--seed", "42"]
        _run(["nice", "-n", "10", BOT_PYTHON, "-m", "bot.train", *options], "train the model")

    return _cached("model", (*MODEL_INPUTS, str(encoder.relative_to(ROOT) / "manifest.json")), train)


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@dataclass
class Stack:
    """A running installation: all processes real, on ports and in a folder of its own."""

    var: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The public port."""
        return int(self.environment["DESKMATE_PORT"])

    @property
    def address(self) -> str:
        """Where customers and agents reach it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def setup_token(self) -> str:
        """The token of the one-time link that creates the first administrator."""
        return re.findall(r"/setup#(\S+)", "\n".join(self.lines))[-1]

    def deskmate(self, *arguments: str) -> str:
        """Run a command of `deskmate` against this installation and return what it printed."""
        command = [str(APP_PYTHON), "-m", "api.cli", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def token(self, role: str = "agent") -> str:
        """Return a new API token."""
        return self.deskmate("token", "create", "--role", role, "--name", "test").splitlines()[-1]


@contextmanager
def running_stack(var: Path, *, extra: dict[str, str] | None = None) -> Iterator[Stack]:
    """Run `deskmate up` in `var` until it is ready, and end it afterwards."""
    prepare_var(var)
    stack = start_stack(var, extra=extra)
    try:
        wait_for_line(stack, lambda line: line.startswith("Deskmate is ready"))
        wait_for_line(stack, lambda line: line.startswith("Ctrl-C"))
        yield stack
    finally:
        end_stack(stack)


def start_stack(var: Path, *, extra: dict[str, str] | None = None) -> Stack:
    """Start `deskmate up` without waiting for anything."""
    port, actions, rasa = free_ports(3)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DESKMATE_")},
        "DESKMATE_VAR_DIR": str(var),
        "DESKMATE_PORT": str(port),
        "DESKMATE_ACTIONS_PORT": str(actions),
        "DESKMATE_RASA_PORT_BASE": str(rasa),
        "DESKMATE_RATE_LIMITS": "false",
        "PYTHONUNBUFFERED": "1",
        **(extra or {}),
    }
    process = subprocess.Popen(
        [str(APP_PYTHON), "-m", "api.cli", "up"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    stack = Stack(var, environment, process)

    def read() -> None:
        for line in process.stdout or ():
            stack.lines.append(line.rstrip("\n"))

    threading.Thread(target=read, daemon=True).start()
    return stack


def wait_for_line(stack: Stack, wanted: Callable[[str], bool], *, limit_s: float = READY_LIMIT_S) -> str:
    """Return the first printed line that is wanted; fails with everything printed when none comes."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        for line in list(stack.lines):
            if wanted(line):
                return line
        if stack.process.poll() is not None:
            break
        time.sleep(0.1)
    logs = "".join(f"\n--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted((stack.var / "logs").glob("*.log")))
    raise AssertionError("\n".join(stack.lines) + logs)


def end_stack(stack: Stack) -> int:
    """End a stack as Ctrl-C would, and return its exit status."""
    if stack.process.poll() is None:
        stack.process.send_signal(signal.SIGINT)
    try:
        return stack.process.wait(timeout=ENDING_LIMIT_S)
    except subprocess.TimeoutExpired:
        stack.process.kill()
        raise


def prepare_var(var: Path) -> None:
    """Put a prepared installation into `var`: encoder, seeded database, index, the shared model serving."""
    if not var.exists():
        shutil.copytree(prepared_folder(), var, ignore=shutil.ignore_patterns(".done"))


def prepared_folder() -> Path:
    """Return a folder in which `deskmate prepare` has done its work and nothing has run yet."""
    encoder, model = encoder_folder(), model_folder()

    def prepare(folder: Path) -> None:
        environment = {**os.environ, "DESKMATE_VAR_DIR": str(folder)}
        shutil.copytree(encoder, folder / "encoder", ignore=shutil.ignore_patterns(".done"))
        _run([APP_PYTHON, "-m", "tests.adopt_model", model], "adopt the model", environment=environment)
        _run([APP_PYTHON, "-m", "api.cli", "prepare"], "prepare an installation", environment=environment)

    return _cached("prepared", (*PREPARED_INPUTS, str(model.relative_to(ROOT) / "manifest.json")), prepare)


def _cached(kind: str, inputs: tuple[str, ...], make: Callable[[Path], None]) -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = CACHE / f"{kind}-{_hash(inputs)}"
        if not (folder / ".done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            sys.stderr.write(f"\n[tests: making {folder.relative_to(ROOT)} once]\n")
            make(folder)
            (folder / ".done").touch()
        made = sorted(CACHE.glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime)
        os.utime(folder)
        for old in [path for path in made if path != folder][: -(KEPT - 1)]:
            shutil.rmtree(old, ignore_errors=True)
        return folder


def _hash(inputs: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in inputs:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _run(command: list[object], what: str, *, environment: dict[str, str] | None = None) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, f"could not {what}:\n{done.stdout[-4000:]}"
