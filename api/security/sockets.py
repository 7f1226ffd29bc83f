"""Who may open a WebSocket: an allowed page, or a program with a token; decided before the handshake is answered."""

from __future__ import annotations

from typing import cast

from starlette.websockets import WebSocket

from api.security.origins import is_allowed
from api.settings import Settings

NOT_AUTHORISED = 4401  # close code: no credential, or one that was taken back
FORBIDDEN = 4403  # close code: a known caller that keeps asking for what it may not have
TRY_AGAIN = 1013  # close code: fell too far behind; reconnect and catch up


async def refuse_foreign_origin(socket: WebSocket, *, consoles_only: bool = False) -> bool:
    """Answer the handshake of a page that may not call us with 403; say whether that happened.

    A page is known by its Origin, compared exactly. A program may leave the Origin out when it carries a bearer token,
    which no browser page can add to a handshake.

    Args:
        socket: not accepted yet.
        consoles_only: a cookie may open this socket, so pages that only carry the widget are foreign too.
    """
    origin, settings = socket.headers.get("origin"), cast(Settings, socket.app.state.settings)
    is_program = socket.headers.get("authorization", "").casefold().startswith("bearer ")
    if origin is None and is_program:
        return False
    if is_allowed(origin, settings.own_origins if consoles_only and not is_program else settings.origins):
        return False
    await socket.close()  # before it is accepted: the server answers 403
    return True
