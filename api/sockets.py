"""What every WebSocket of ours does alike: how it is served, and how it is closed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState


class SocketClosed(Exception):
    """The socket is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def serve(socket: WebSocket, talk: Callable[[], Awaitable[None]]) -> None:
    """Accept a socket and run `talk` until it ends, the other side leaves, or it raises `SocketClosed`."""
    await socket.accept()
    try:
        await talk()
    except SocketClosed as closed:
        if socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError, OSError, WebSocketDisconnect):
                await socket.close(closed.code, closed.reason)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the other side went away, perhaps in the middle of a frame


async def until_one_ends(*sides: Coroutine[Any, Any, None]) -> None:
    """Run what listens and what delivers side by side; with the first that ends, all end."""
    tasks = {asyncio.create_task(side) for side in sides}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
