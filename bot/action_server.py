"""The bot's side of the action server: one kept connection, a time limit, a compiled check, and no silence.

Rasa answers HTTP 200 with an empty list when the action server is down, and continues without the action when it
answers rubbish. Here each of these ends the turn with `ActionFailed`, which the gateway reports.
"""

from __future__ import annotations

import asyncio
import json
import logging
from functools import lru_cache
from typing import Any

import aiohttp
from jsonschema import Draft7Validator, ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

logger = logging.getLogger(__name__)

ACTION_TIMEOUT_S = 8.0  # an action asks the API for 2 s at most; a hung server must not hold the whole turn's 12 s
MOST_BYTES = 1_000_000
IDLE_S = 4.0  # an idle connection is given up before any usual server (5 s or more) closes it under our hands


class ActionFailed(Exception):
    """An action could not be run; what it would have said and remembered is lost."""


class ActionEndpoint(EndpointConfig):  # type: ignore[misc]
    """Posts actions over one kept connection; anything but a sound answer in time is `ActionFailed`."""

    _session: aiohttp.ClientSession | None = None

    async def request(self, method: str = "post", **options: Any) -> Any:
        """Run one action on the server.

        Returns:
            The server's JSON.

        Raises:
            ActionFailed: the server is down, hangs, or its answer is no JSON object of reasonable size.
            ClientResponseError: the action rejected to run (status 400), which Rasa handles.
        """
        try:
            try:
                response, body = await self._post(method, options["json"])
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if isinstance(error, aiohttp.ClientConnectorError):
                    raise
                logger.info("the action server closed a kept connection; trying once more")
                response, body = await self._post(method, options["json"])
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise ActionFailed(f"the action server at {self.url} did not answer: {error!r}") from error
        if len(body) > MOST_BYTES:
            raise ActionFailed(f"the action server sent more than {MOST_BYTES} bytes")
        answer = _object_of(body, response.status)
        if response.status == 400 and isinstance(answer.get("action_name"), str):
            raise ClientResponseError(400, response.reason, body.decode())
        if response.status != 200:
            raise ActionFailed(f"the action server answered with status {response.status}")
        return answer

    async def _post(self, method: str, action: Any) -> tuple[aiohttp.ClientResponse, bytes]:
        async with self.kept_session().request(method, self.url, json=action, allow_redirects=False) as response:
            body = await response.content.read(MOST_BYTES + 1)
            while len(body) <= MOST_BYTES and not response.content.at_eof():
                body += await response.content.read(MOST_BYTES + 1 - len(body))
        return response, body

    def kept_session(self) -> aiohttp.ClientSession:
        """Return the one session, opened at first use inside the running loop."""
        if self._session is None or self._session.closed:
            limits = aiohttp.ClientTimeout(total=ACTION_TIMEOUT_S)
            connector = aiohttp.TCPConnector(keepalive_timeout=IDLE_S)
            self._session = aiohttp.ClientSession(timeout=limits, headers=self.headers, connector=connector)
        return self._session

    async def close(self) -> None:
        """Close the kept connection."""
        if self._session is not None:
            await self._session.close()


def compile_result_check() -> None:
    """Make Rasa check action results with a validator compiled once.

    `jsonschema.validate` checks the schema itself against its meta-schema on every call, which was over half of the
    CPU time of a stock turn.
    """
    RemoteAction._validate_action_result = _check_result


@lru_cache(maxsize=1)
def _result_validator() -> Draft7Validator:
    return Draft7Validator(RemoteAction.action_response_format_spec())


def _check_result(self: RemoteAction, result: Any) -> bool:
    try:
        _result_validator().validate(result)
    except ValidationError as error:
        raise ActionFailed(f"{self.name()} answered what is no action result: {error.message[:200]}") from error
    return True


def _object_of(body: bytes, status: int) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ActionFailed(f"the action server answered with status {status} and no JSON") from error
    if not isinstance(answer, dict):
        raise ActionFailed(f"the action server answered with a {type(answer).__name__}, not an object")
    return answer
