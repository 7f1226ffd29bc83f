"""The adapter as a small web application: Chatwoot's events come in, the dashboard app goes out."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from deskmate_chatwoot.adapter import Adapter
from deskmate_chatwoot.chatwoot import Chatwoot
from deskmate_chatwoot.dashboard import Dashboard
from deskmate_chatwoot.loops import Inbox, Outbox, name_of
from deskmate_chatwoot.memory import Memory
from deskmate_chatwoot.settings import Settings
from deskmate_chatwoot.signature import SIGNATURE, TIMESTAMP, is_from_chatwoot
from deskmate_client import AsyncDesk

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
OWN_PAGE_ONLY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
MOST_BYTES = 1_000_000  # of one event


def create_app(
    settings: Settings, *, memory: Memory, desk: AsyncDesk, chatwoot: Chatwoot, pause_s: float = 5.0
) -> FastAPI:
    """Return the application over its collaborators.

    Args:
        settings: how this adapter runs.
        memory: what must not be forgotten.
        desk: Deskmate, as an agent.
        chatwoot: Chatwoot, as its agent bot.
        pause_s: before something that failed is tried again.
    """
    adapter = Adapter(settings.deskmate_url, desk, chatwoot, memory, handed_over=settings.handed_over)
    inbox, outbox = Inbox(adapter, memory, pause_s=pause_s), Outbox(adapter, desk, memory, pause_s=pause_s)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(inbox.run()), asyncio.create_task(outbox.run())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await desk.close()
        await chatwoot.close()

    app = FastAPI(title="Deskmate for Chatwoot", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    dashboard = Dashboard(desk, memory)

    def check_key(given: str) -> None:
        if not hmac.compare_digest(given.encode(), settings.path_key.encode()):
            raise HTTPException(404)

    @app.get("/healthz")
    def alive() -> dict[str, Any]:
        """Say that the adapter lives, and how much waits."""
        return {"waiting": len(memory.waiting())}

    @app.post("/chatwoot/{key}", status_code=200)
    async def take_event(key: str, request: Request) -> dict[str, bool]:
        """Keep an event of Chatwoot's agent bot, and deal with it afterwards: Chatwoot waits five seconds only."""
        check_key(key)
        body = await request.body()
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
        signature, timestamp = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
        if settings.webhook_secret and not is_from_chatwoot(
            settings.webhook_secret, body, signature, timestamp, now_s=time.time()
        ):
            raise HTTPException(401)
        event = _json(body)
        is_new = memory.take_in(name_of(event, request.headers.get("X-Chatwoot-Delivery") or uuid.uuid4().hex), event)
        inbox.news.set()
        return {"new": is_new}

    @app.get("/dashboard/{key}", response_class=HTMLResponse)
    def show_dashboard(key: str) -> Response:
        """Serve the dashboard app, for Chatwoot's frame only."""
        check_key(key)
        policy = f"{OWN_PAGE_ONLY}; frame-ancestors {settings.chatwoot_origin}"
        headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
        return FileResponse(STATIC / "dashboard.html", headers=headers)

    @app.get("/dashboard/{key}/origin")
    def show_origin(key: str) -> dict[str, str]:
        """Say whose messages the dashboard app may believe."""
        check_key(key)
        return {"origin": settings.chatwoot_origin}

    @app.post("/dashboard/{key}/suggestions")
    async def suggest(key: str, request: Request) -> dict[str, Any]:
        """Return what the knowledge base says to the customer's last message, and the hand-off's brief."""
        check_key(key)
        return await dashboard.suggestions(_json(await request.body()))

    @app.post("/dashboard/{key}/copied/{suggestion_id}", status_code=204)
    async def note_copied(key: str, suggestion_id: str) -> None:
        """Note that an agent took a suggestion over."""
        check_key(key)
        await desk.feedback(suggestion_id, clicked=True, copied=True)

    return app


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        raise HTTPException(400) from None
    if not isinstance(value, dict):
        raise HTTPException(400)
    return value
