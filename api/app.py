"""The application: collaborators in, routes out. Nothing connects, reads a file or loads a model at import."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from api.clock import Clock
from api.company import Company
from api.conversations.wakeups import Wakeups
from api.errors import install_error_handlers
from api.routes import ROUTERS
from api.security.headers import SecurityHeaders
from api.settings import Settings
from api.store.database import Store
from api.conversations.sequencer import Sequencer
from api.suggestions.finder import Finder


def create_app(
    settings: Settings, *, store: Store, search: Finder, company: Company, clock: Clock | None = None
) -> FastAPI:
    """Return the application over its collaborators; `store` is migrated already.

    Args:
        settings: how this installation runs.
        store: the database.
        search: finds answers in the knowledge bases.
        company: who we are and when we are here.
        clock: the machine's own if none is given.
    """
    app = FastAPI(title="Deskmate", version="1", lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.store = store
    app.state.search = search
    app.state.company = company
    app.state.clock = clock or Clock()
    app.state.wakeups = Wakeups()
    store.on_commit(lambda topics: app.state.wakeups.publish(*topics))
    install_error_handlers(app)
    app.add_middleware(SecurityHeaders)
    for router in ROUTERS:
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.wakeups.bind(asyncio.get_running_loop())
    async with AsyncExitStack() as running:
        await running.enter_async_context(Sequencer(app.state.store, app.state.wakeups))
        yield
