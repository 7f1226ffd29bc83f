"""Processes that tests kill: forked from one that has imported everything, so that a start takes a moment."""

from __future__ import annotations

import multiprocessing
import socket
import time
from pathlib import Path

import httpx

from tests.fakes import wait_until
from tests.faults.api_process import main

READY_S = 60.0  # the first start imports everything, on a machine that may be busy; the later ones take a moment
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.faults.api_process", "tests.faults.index_build"])


class KillableApi:
    """An API process that can be killed and started again on the same folder and port."""

    def __init__(self, var: Path) -> None:
        self._var = var
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20, trust_env=False)

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process.pid is not None
        return self._process.pid

    def start(self) -> float:
        """Start it and return how many seconds passed until it answered."""
        began = time.monotonic()
        self._process = PROCESSES.Process(target=main, args=(str(self._var), str(self.port)), daemon=True)
        self._process.start()
        wait_until(self._is_alive, READY_S)
        return time.monotonic() - began

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.join()

    def close(self) -> None:
        """End it for good."""
        if hasattr(self, "_process"):
            self.kill()
        self.http.close()

    def _is_alive(self) -> bool:
        assert self._process.exitcode is None, "the API does not start"
        try:
            return self.http.get("/healthz").status_code == 200
        except httpx.HTTPError:
            return False
