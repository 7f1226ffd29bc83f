"""`deskmate up`: everything in the foreground, and nothing left behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import httpx

from api.processes.client import Supervisor, SupervisorUnavailable
from api.processes.config import write_config
from api.processes.leftovers import end_leftovers, mark
from api.processes.places import Places
from api.settings import Settings

Say = Callable[[str], None]

READY_LIMIT_S = 240.0
ENDING_LIMIT_S = 25.0  # two programs end one after the other in the worst case
LEAST_FREE_BYTES = 300_000_000
TELL_EVERY_S = 10.0
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CRASHED = ("BACKOFF", "EXITED", "FATAL")


class CannotStart(Exception):
    """`up` cannot go on; the message is one line for a person."""


class _Ended(BaseException):
    """Somebody asked us to end."""


def run_everything(settings: Settings, say: Say) -> int:
    """Set up what is missing, start every process, and stay until told to end. Returns the exit status.

    Raises:
        CannotStart: with what to do about it.
        OSError: `var` cannot be written.
    """
    places = Places.of(settings)
    places.make()
    _check_disk(places)
    with _only_one(places), _endable():
        supervisor: subprocess.Popen[bytes] | None = None
        try:
            left = end_leftovers(places)
            if left:
                say(f"Ended {left} processes that an earlier run had left behind.")
            _check_ports(settings)
            os.environ.update(mark(places))
            _prepare(settings, places)
            say("Starting ...")
            supervisor = _start_supervisor(settings, places)
            _wait_until_ready(settings, supervisor, places, say)
            _greet(settings, say)
            return _stay(supervisor, places, say)
        except (_Ended, KeyboardInterrupt):
            return 0
        finally:
            if supervisor is not None:
                say("Ending ...")
            _end(supervisor, places)
            if supervisor is not None:
                say("Ended.")


def _prepare(settings: Settings, places: Places) -> None:
    """Run the set-up in a process of its own, whose memory is given back."""
    command = [places.python, "-m", "api.processes.die_with_parent", places.python, "-m", "api.cli", "prepare"]
    with subprocess.Popen(command, cwd=places.root, env=_environment(settings, places)) as child:
        try:
            status = child.wait()
        except BaseException:
            child.terminate()
            raise
    if status != 0:
        raise CannotStart("The set-up failed; the reason is above. Run the command again to go on from there.")


def _start_supervisor(settings: Settings, places: Places) -> subprocess.Popen[bytes]:
    config = write_config(settings, places)
    command = [places.python, "-m", "api.processes.die_with_parent"]
    command += [places.python, "-m", "supervisor.supervisord", "-n", "-c", str(config)]
    return subprocess.Popen(
        command,
        cwd=places.root,
        env=_environment(settings, places),
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches us alone; we end it in order
    )


def _environment(settings: Settings, places: Places) -> dict[str, str]:
    return {
        **os.environ,
        **mark(places),
        "DESKMATE_VAR_DIR": str(places.var),
        "DESKMATE_DATA_DIR": str(settings.data_dir.resolve()),
        "PYTHONUNBUFFERED": "1",
    }


def _wait_until_ready(settings: Settings, supervisor: subprocess.Popen[bytes], places: Places, say: Say) -> None:
    began = told = time.monotonic()
    missing = ""
    crashed: set[str] = set()
    while time.monotonic() - began < READY_LIMIT_S:
        if supervisor.poll() is not None:
            raise CannotStart(f"The process manager ended; see {places.logs / 'supervisord.log'}.")
        now_missing = _missing_parts(settings)
        if not now_missing:
            return
        crashed |= _crashing(places)
        now_missing += "".join(
            f"; {name} ended and is tried again, see {places.logs / name}.log" for name in sorted(crashed)
        )
        if now_missing != missing or time.monotonic() - told > TELL_EVERY_S:
            missing, told = now_missing, time.monotonic()
            say(f"  waiting for {missing} ({told - began:.0f} s)")
        time.sleep(0.5)
    raise CannotStart(f"Not ready after {READY_LIMIT_S:.0f} s: {missing}. See the files in {places.logs}.")


def _missing_parts(settings: Settings) -> str:
    """Return which parts are not ready yet, in words; empty when everything is."""
    try:
        answer = httpx.get(f"{_address(settings)}/readyz", timeout=10, trust_env=False)
        if answer.status_code == 200:
            return ""
        parts = answer.json().get("parts", {})
    except (httpx.HTTPError, ValueError):
        return "the API"
    return ", ".join(name for name, state in parts.items() if state != "ok") or "the API"


def _crashing(places: Places) -> set[str]:
    """Return the programs that ended although they should run and wait for their next start."""
    try:
        return {program.name for program in Supervisor(places).running() if program.state in CRASHED}
    except SupervisorUnavailable:
        return set()


def _greet(settings: Settings, say: Say) -> None:
    address = settings.public_url.rstrip("/") or _address(settings)
    say("")
    say("Deskmate is ready.")
    for name, path in (("Demo shop with the chat", "/"), ("Help pages", "/help"), ("Agent desk", "/desk")):
        say(f"  {name:<24} {address}{path}")
    say(f"  {'Administration':<24} {address}/admin")
    if token := _setup_token(settings):
        say("")
        say("There is no administrator yet. Open this link within the hour to create one; it works once:")
        say(f"  {address}/setup#{token}")
    say("")
    say("Ctrl-C ends everything.")


def _setup_token(settings: Settings) -> str | None:
    from api.clock import Clock
    from api.security.accounts import count_admins, create_setup_link
    from api.store.database import Store

    store = Store(settings.database)
    try:
        return store.write_sync(
            lambda session: None if count_admins(session) else create_setup_link(session, now=Clock().now())
        )
    finally:
        store.close()


def _stay(supervisor: subprocess.Popen[bytes], places: Places, say: Say) -> int:
    status = supervisor.wait()
    say(f"The process manager ended by itself ({status}); see {places.logs / 'supervisord.log'}.")
    return 1


def _end(supervisor: subprocess.Popen[bytes] | None, places: Places) -> None:
    """End everything, whatever else is asked meanwhile."""
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if supervisor is not None and supervisor.poll() is None:
        supervisor.terminate()
        try:
            supervisor.wait(timeout=ENDING_LIMIT_S)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()
    end_leftovers(places)


@contextmanager
def _only_one(places: Places) -> Iterator[None]:
    with (places.run / "up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(f"Deskmate runs already with {places.var}.") from error
        yield


@contextmanager
def _endable() -> Iterator[None]:
    """Turn the first signal to end into `_Ended`; those after it are ignored, for the ending is under way."""

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        for other in ENDING_SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        raise _Ended

    before = {number: signal.signal(number, end) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_disk(places: Places) -> None:
    free = shutil.disk_usage(places.var).free
    if free < LEAST_FREE_BYTES:
        needed = LEAST_FREE_BYTES // 1_000_000
        raise CannotStart(f"The disk is nearly full: {free // 1_000_000} MB free for {places.var}, {needed} MB needed.")


def _check_ports(settings: Settings) -> None:
    wanted = [(settings.host, settings.port, "PORT"), ("127.0.0.1", settings.actions_port, "ACTIONS_PORT")]
    for host, port, name in wanted:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                way_out = f"End what uses it, or set DESKMATE_{name}."
                raise CannotStart(f"Port {port} on {host} cannot be used ({error.strerror}). {way_out}") from error


def _address(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
