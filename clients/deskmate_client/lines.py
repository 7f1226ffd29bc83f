"""The line to the server: sends calls, once or as often as is sensible, and reads the answers."""

from __future__ import annotations

import asyncio
import ssl
import time
from functools import cache
from typing import TypeVar

import httpx

from deskmate_client.calls import Call
from deskmate_client.errors import Refused, Unreachable
from deskmate_client.retries import Patience, asked_pause_s, is_worth_another

T = TypeVar("T")
ANSWER_WITHIN_S = 20.0


class Sync:
    """Sends and waits."""

    def __init__(self, url: str, token: str | None, patience: Patience, transport: httpx.BaseTransport | None) -> None:
        self.http = httpx.Client(base_url=url, headers=headers_for(token), transport=transport, verify=trust(url))
        self._patience = patience

    def send(self, call: Call[T]) -> T:
        """Make a call and return what its answer says.

        Raises:
            Refused: the server said no.
            Unreachable: it did not answer.
        """
        tried = 0
        while True:
            tried += 1
            try:
                outcome: httpx.Response | httpx.TransportError = self.http.send(request_of(self.http, call))
            except httpx.TransportError as error:
                outcome = error
            if tried >= self._patience.tries or not is_worth_another(outcome, repeatable=call.repeatable):
                return read(call, outcome)
            time.sleep(self._patience.pause_s(tried, asked_s=asked_pause_s(outcome)))


class Async:
    """Sends and awaits."""

    def __init__(
        self, url: str, token: str | None, patience: Patience, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self.http = httpx.AsyncClient(base_url=url, headers=headers_for(token), transport=transport, verify=trust(url))
        self._patience = patience

    async def send(self, call: Call[T]) -> T:
        """Make a call and return what its answer says.

        Raises:
            Refused: the server said no.
            Unreachable: it did not answer.
        """
        tried = 0
        while True:
            tried += 1
            try:
                outcome: httpx.Response | httpx.TransportError = await self.http.send(request_of(self.http, call))
            except httpx.TransportError as error:
                outcome = error
            if tried >= self._patience.tries or not is_worth_another(outcome, repeatable=call.repeatable):
                return read(call, outcome)
            await asyncio.sleep(self._patience.pause_s(tried, asked_s=asked_pause_s(outcome)))


def trust(url: str) -> ssl.SSLContext | bool:
    """Return whom to trust to name a server; nobody is named without TLS, and reading the list takes a while."""
    return _authorities() if url.startswith("https:") else False


@cache
def _authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def headers_for(token: str | None) -> dict[str, str]:
    """Return the headers that say who calls."""
    return {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})


def request_of(http: httpx.Client | httpx.AsyncClient, call: Call[T]) -> httpx.Request:
    """Return a call as a request."""
    query = {name: value for name, value in call.query.items() if value is not None}
    body = None if call.body is None else dict(call.body)
    timeout = httpx.Timeout(ANSWER_WITHIN_S + call.wait_s)
    return http.build_request(call.method, call.path, params=query, json=body, timeout=timeout)


def read(call: Call[T], outcome: httpx.Response | httpx.TransportError) -> T:
    """Return what a call's answer says, or raise why there is none.

    Raises:
        Refused: the server said no.
        Unreachable: it did not answer, or something answered that is not Deskmate.
    """
    if isinstance(outcome, httpx.TransportError):
        raise Unreachable(f"{call.method} {call.path}: {type(outcome).__name__} {outcome}".rstrip()) from outcome
    try:
        answer = outcome.json()
    except ValueError:
        raise Unreachable(f"{call.method} {call.path}: {outcome.status_code}, and no JSON") from None
    if outcome.is_success:
        return call.read(answer)
    error = answer.get("error") if isinstance(answer, dict) else None
    raise Refused(outcome.status_code, error if isinstance(error, dict) else {})
