"""Talking to the process manager through its local socket."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from dataclasses import dataclass
from typing import Any

from api.processes.config import Program, program_text
from api.processes.places import Places

SHUTTING_DOWN, BAD_NAME, NOT_RUNNING, ALREADY_ADDED = 6, 10, 70, 90  # faults of supervisor's XML-RPC
ENDED = ("STOPPED", "EXITED", "FATAL", "UNKNOWN")
TIMEOUT_S = 30.0


class SupervisorUnavailable(Exception):
    """The process manager does not answer; is `deskmate up` running?"""


@dataclass(frozen=True, slots=True)
class Running:
    """One program as the process manager sees it."""

    name: str
    state: str  # STARTING | RUNNING | BACKOFF | STOPPING | STOPPED | EXITED | FATAL
    pid: int | None


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(self._path)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:  # noqa: ARG002 - the base class's face
        return _Connection(self._path)


class Supervisor:
    """The process manager of one installation."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def running(self) -> list[Running]:
        """Return every program the process manager knows.

        Raises:
            SupervisorUnavailable: it does not answer.
        """
        return [
            Running(name=info["group"], state=info["statename"], pid=info["pid"] or None)
            for info in self._call("getAllProcessInfo")
        ]

    def add(self, program: Program) -> None:
        """Start a program and keep it running; does nothing when it is there already.

        Raises:
            SupervisorUnavailable: as `running`.
        """
        path = self._places.programs / f"{program.name}.conf"
        path.write_text(program_text(program, self._places), encoding="utf-8")
        self._call("reloadConfig")
        self._unless((ALREADY_ADDED,), "addProcessGroup", program.name)

    def remove(self, name: str) -> bool:
        """Ask a program to end and forget it; return whether it is gone. Ask again until it is.

        Raises:
            SupervisorUnavailable: as `running`.
        """
        (self._places.programs / f"{name}.conf").unlink(missing_ok=True)
        states = [program.state for program in self.running() if program.name == name]
        if not states:
            return True
        if states[0] not in ENDED:
            if states[0] != "STOPPING":
                self._unless((NOT_RUNNING, BAD_NAME), "stopProcessGroup", name, False)
            return False
        self._call("reloadConfig")
        self._unless((BAD_NAME,), "removeProcessGroup", name)
        return True

    def _unless(self, faults: tuple[int, ...], method: str, *arguments: object) -> None:
        try:
            self._call(method, *arguments)
        except xmlrpc.client.Fault as error:
            if error.faultCode not in faults:
                raise

    def _call(self, method: str, *arguments: object) -> Any:
        transport = _Transport(str(self._places.supervisor_socket))
        try:
            with xmlrpc.client.ServerProxy("http://localhost", transport=transport, allow_none=True) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as error:
            if error.faultCode == SHUTTING_DOWN:
                raise SupervisorUnavailable("the process manager is ending") from error
            raise
        except (OSError, http.client.HTTPException) as error:
            raise SupervisorUnavailable(f"the process manager does not answer: {error}") from error
