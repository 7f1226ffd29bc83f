"""The one way into this Rasa process: one message in, the whole turn out, in one response."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.action_server import ActionFailed
from bot.dialogue import Dialogue, NothingSaid
from bot.turns import InvalidTurn, Turn

logger = logging.getLogger(__name__)

TURN_TIMEOUT_S = 11.0  # the API gives a turn 12 s; ending it here first lets us say why
SHORTEST_SECRET = 32


class GatewayUnusable(Exception):
    """The gateway cannot be opened; the message says what to mend."""


class GatewayChannel(InputChannel):  # type: ignore[misc]
    """Serves `/webhooks/gateway/turn` and `/webhooks/gateway/ready` to callers who know the internal secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._running: set[asyncio.Task[HTTPResponse]] = set()

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which is part of its address."""
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> GatewayChannel:
        """Open the channel with the secret in the file that `secret_file` or DESKMATE_SECRET_FILE names.

        Raises:
            GatewayUnusable: there is no such file, or too little in it.
        """
        named = (credentials or {}).get("secret_file") or os.environ.get("DESKMATE_SECRET_FILE")
        if not named:
            raise GatewayUnusable("DESKMATE_SECRET_FILE must name the file with the internal secret")
        try:
            secret = Path(named).read_text(encoding="ascii").strip()
        except (OSError, UnicodeError) as error:
            raise GatewayUnusable(f"the internal secret cannot be read from {named}: {error}") from error
        if len(secret) < SHORTEST_SECRET:
            raise GatewayUnusable(f"the internal secret in {named} is shorter than {SHORTEST_SECRET} characters")
        return cls(secret)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:  # noqa: ARG002
        """Return the two routes."""
        routes = Blueprint("gateway")

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            """Run one turn; it goes on to its end even if the caller hangs up."""
            running = asyncio.create_task(self._turn(request))
            self._running.add(running)
            running.add_done_callback(self._running.discard)
            return await asyncio.shield(running)

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            """Say whether the loaded model really understands."""
            return await self._ready(request)

        return routes

    async def _turn(self, request: Request) -> HTTPResponse:
        if not self._may_call(request):
            return _error(401, "unauthorised", "The internal secret is missing or wrong.")
        dialogue: Dialogue | None = getattr(request.app.ctx, "dialogue", None)
        if dialogue is None:
            return _error(503, "not_ready", "No model is loaded.")
        try:
            turn = Turn.of(_body(request))
        except InvalidTurn as error:
            return _error(422, "invalid_turn", f"This is not a turn: {error}.")
        try:
            return json(await asyncio.wait_for(dialogue.take(turn), TURN_TIMEOUT_S))
        except asyncio.TimeoutError:
            logger.error("conversation %s: turn %d took too long", turn.conversation_id, turn.number)
            return _error(500, "turn_timed_out", "The turn took too long.")
        except ActionFailed as error:
            logger.error("conversation %s: turn %d: %s", turn.conversation_id, turn.number, error)
            return _error(500, "action_failed", "An action could not be run.")
        except NothingSaid as error:
            logger.error("conversation %s: turn %d: %s", turn.conversation_id, turn.number, error)
            return _error(500, "nothing_said", "The bot had nothing to say.")
        except Exception:
            logger.exception("conversation %s: turn %d failed", turn.conversation_id, turn.number)
            return _error(500, "turn_failed", "The turn could not be run.")

    async def _ready(self, request: Request) -> HTTPResponse:
        if not self._may_call(request):
            return _error(401, "unauthorised", "The internal secret is missing or wrong.")
        dialogue: Dialogue | None = getattr(request.app.ctx, "dialogue", None)
        try:
            if dialogue is None or not await dialogue.is_understanding():
                return _error(503, "not_ready", "No model is loaded, or it understands nothing.")
        except Exception:
            logger.exception("the loaded model cannot understand a sentence")
            return _error(503, "not_ready", "The loaded model cannot understand a sentence.")
        return json(request.app.ctx.versions)

    def _may_call(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), b"Bearer " + self._secret)


def _body(request: Request) -> object:
    try:
        return request.json
    except Exception as error:
        raise InvalidTurn("the body is no JSON") from error


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return json({"error": {"code": code, "message": message}}, status=status)
