"""One turn asked of one Rasa process, and which process that is."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import httpx
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clock import Clock
from api.schemas.rasa import TurnAnswer, TurnRequest
from api.security.authorities import authorities
from api.store.database import Store
from api.store.tables import RasaProcess

logger = logging.getLogger(__name__)

CONNECT_S = 1.0  # both ends are on one machine or one network
LARGEST_ANSWER = 1_000_000  # bytes; a real one is a few thousand
ITS_OWN_FAULT = frozenset({"rasa_error", "turn_failed", "not_ready", "unauthorised"})  # another process may do better
AVOID_S = 5.0  # a process that refused a call is asked last for this long


class RasaFailed(Exception):
    """A turn brought no answer.

    Attributes:
        code: why, one word: no_process, unreachable, timeout, bad_answer, or Rasa's own error code.
        may_retry: another process could still answer this turn.
    """

    def __init__(self, code: str, *, may_retry: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.may_retry = may_retry


@dataclass(frozen=True, slots=True)
class Process:
    """A Rasa server that takes turns."""

    id: str
    url: str
    model_version: str


class Rasa:
    """The way to Rasa: routes by table `rasa_process`, speaks to `bot/gateway_channel.py`.

    Args:
        store: where the processes are listed.
        secret: the installation's internal secret.
        clock: for avoiding a process that has just failed.
    """

    def __init__(self, store: Store, secret: str, clock: Clock | None = None) -> None:
        self._store = store
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._clock = clock or Clock()
        self._client: httpx.AsyncClient | None = None
        self._busy: Counter[str] = Counter()
        self._failed_at: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=15)
        self._client = httpx.AsyncClient(headers=self._headers, limits=limits, trust_env=False, verify=authorities())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def choose(self, *, without: Collection[str] = ()) -> Process | None:
        """Return the ready process with the least to do, one that failed a moment ago last; None when none is ready."""
        ready = [process for process in await self._store.read(ready_processes) if process.id not in without]
        now = self._clock.monotonic()
        failed = {id_ for id_, at in self._failed_at.items() if now - at < AVOID_S}
        return min(ready, key=lambda process: (process.id in failed, self._busy[process.id]), default=None)

    async def turn(self, process: Process, request: TurnRequest, *, timeout_s: float) -> TurnAnswer:
        """Run one turn on `process`.

        Args:
            process: from `choose`.
            request: what to answer or to observe.
            timeout_s: for everything, from connecting to the last byte.

        Raises:
            RasaFailed: no usable answer came.
        """
        self._busy[process.id] += 1
        try:
            return await self._turn(process, request, timeout_s)
        except RasaFailed as failure:
            if failure.may_retry:
                self._failed_at[process.id] = self._clock.monotonic()
            raise
        finally:
            self._busy[process.id] -= 1

    async def check(self) -> str:
        """Ask the ready processes whether they can really answer; return the model version of the first that can.

        Raises:
            RasaFailed: none can.
        """
        for process in await self._store.read(ready_processes):
            try:
                status, body = await self._call("GET", f"{process.url}/webhooks/gateway/ready", None, timeout_s=3.0)
            except RasaFailed as failure:
                logger.warning("rasa process %s is not ready: %s", process.id, failure.code)
                continue
            if status == 200:
                return str(json.loads(body).get("model_version", process.model_version)) if body else ""
        raise RasaFailed("no_process")

    async def _turn(self, process: Process, request: TurnRequest, timeout_s: float) -> TurnAnswer:
        url = f"{process.url}/webhooks/gateway/turn"
        status, body = await self._call("POST", url, request.model_dump_json().encode(), timeout_s=timeout_s)
        if status != 200:
            code = _error_code(body)
            # Another process has the same actions: only what may be this process's own fault is tried again.
            raise RasaFailed(code, may_retry=code in ITS_OWN_FAULT)
        try:
            return TurnAnswer.model_validate_json(body)
        except ValidationError as error:
            logger.error("rasa process %s answered nonsense: %d problems", process.id, error.error_count())
            raise RasaFailed("bad_answer", may_retry=True) from None

    async def _call(self, method: str, url: str, body: bytes | None, *, timeout_s: float) -> tuple[int, bytes]:
        if self._client is None:
            raise RasaFailed("unreachable")
        headers = {"Content-Type": "application/json"} if body is not None else {}
        timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._client.stream(method, url, content=body, headers=headers, timeout=timeout) as response,
            ):
                return response.status_code, await _read(response)
        except (TimeoutError, httpx.ReadTimeout):
            raise RasaFailed("timeout") from None
        except httpx.HTTPError as error:
            logger.warning("%s failed: %s", url, type(error).__name__)
            raise RasaFailed("unreachable", may_retry=True) from None


def ready_processes(session: Session) -> list[Process]:
    """Return the processes that take turns, oldest first."""
    rows = session.scalars(select(RasaProcess).where(RasaProcess.state == "ready").order_by(RasaProcess.started_at))
    return [Process(row.id, row.url.rstrip("/"), row.model_version) for row in rows]


async def _read(response: httpx.Response) -> bytes:
    chunks = bytearray()
    async for chunk in response.aiter_bytes():
        chunks += chunk
        if len(chunks) > LARGEST_ANSWER:
            raise RasaFailed("bad_answer")
    return bytes(chunks)


def _error_code(body: bytes) -> str:
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return "rasa_error"
    return code[:40] if isinstance(code, str) and code else "rasa_error"
