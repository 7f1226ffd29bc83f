"""How large a request may be, decided before it is read."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHAT_BYTES = 128 * 1024  # 8,000 characters, each as a twelve-byte escape, and the rest of a message
OTHER_BYTES = 4 * 1024 * 1024  # an article
UPLOAD_BYTES = 20 * 1024 * 1024  # a zip of articles, sent by an administrator
UPLOAD_PATH = "/v1/article-imports"
CHAT_PATHS = ("/v1/conversations", "/v1/suggestions", "/v1/sessions", "/v1/setup")

_BODY = json.dumps({"error": {"code": "too_large", "message": "This request is too large."}}).encode()


class BodyTooLarge(Exception):
    """More came than the request said or may hold."""


class BodyLimit:
    """ASGI middleware that answers 413 to a body above its path's limit, without reading it to the end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, counting its bytes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = CHAT_BYTES if str(scope["path"]).startswith(CHAT_PATHS) else OTHER_BYTES
        if scope["path"] == UPLOAD_PATH:
            limit = UPLOAD_BYTES
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 12 or int(declared) > limit:
            await _refuse(send)
            return
        await self._counted(scope, receive, send, limit)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        got, started, refused = 0, False, False

        async def count() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > limit:
                raise BodyTooLarge
            return message

        async def note(message: Message) -> None:
            nonlocal started, refused
            if got > limit and not started:
                refused = True
                await _refuse(send)  # instead of what the application makes of a body it could not read
            started = True
            if not refused:
                await send(message)

        try:
            await self._app(scope, count, note)
        except BodyTooLarge:
            if not started:
                await _refuse(send)


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})
