"""The application: collaborators in, routes out. Nothing connects, reads a file or loads a model at import."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api.articles.imports import Imports
from api.clock import Clock
from api.company import Company
from api.conversations.epoch import ensure_epoch
from api.conversations.people import People
from api.conversations.revocation import OpenSockets
from api.conversations.runner import Parts, Runner
from api.conversations.sequencer import Sequencer
from api.conversations.service import Conversations
from api.conversations.typing import Look, Looking, Typing, TypingNotice
from api.conversations.wakeups import Wakeups
from api.desk.sweeper import Sweeper
from api.errors import install_error_handlers
from api.health import Health
from api.insight.looks import Looks
from api.limits import BodyLimit
from api.metrics import Metrics
from api.rasa.gateway import Rasa
from api.review.meaning import Meanings
from api.routes import ROUTERS
from api.routes.pages import mount_static
from api.schemas.contract import install_contract
from api.schemas.errors import EVERYWHERE
from api.security.headers import SecurityHeaders
from api.security.secrets import Secrets
from api.settings import Settings
from api.store.database import Store
from api.store.relay import Relay, Sign
from api.suggestions.finder import Finder
from api.suggestions.service import Suggestions
from api.webhooks.addresses import Destinations
from api.webhooks.sender import Sender


def create_app(
    settings: Settings, *, store: Store, search: Finder, company: Company, secrets: Secrets, clock: Clock | None = None
) -> FastAPI:
    """Return the application over its collaborators; `store` is migrated already.

    Args:
        settings: how this installation runs.
        store: the database.
        search: finds answers in the knowledge bases.
        company: who we are and when we are here.
        secrets: the installation's keys.
        clock: the machine's own if none is given.
    """
    app = FastAPI(
        title="Deskmate", version="1", lifespan=_lifespan, docs_url=None, redoc_url=None, responses=EVERYWHERE
    )
    state = app.state
    state.settings, state.store, state.search = settings, store, search
    state.company, state.secrets, state.clock = company, secrets, clock or Clock()
    state.meanings, state.imports = Meanings(settings.var_dir / "encoder"), Imports(settings.var_dir / "imports")
    state.destinations = Destinations(settings.callable_networks)
    state.wakeups, state.metrics = Wakeups(), Metrics()
    state.typing, state.looking = Typing(), Looking()
    state.open_sockets = OpenSockets(store, state.clock)
    state.rasa = Rasa(store, secrets.internal, state.clock)
    state.health = Health(
        store,
        search,
        state.rasa,
        actions_url=settings.actions_url,
        clock=state.clock,
        kept_s=settings.readiness_kept_s,
        max_wrong_answers=settings.max_wrong_answers,
    )
    state.looks = Looks(store, state.clock, budget=settings.max_wrong_answers)
    state.suggestions = Suggestions(store, search, state.clock, characters=settings.model_characters)
    state.people = People(company)
    state.conversations = Conversations(
        store,
        settings,
        clock=state.clock,
        people=state.people,
        metrics=state.metrics,
        epoch=ensure_epoch(store, settings.var_dir),
    )
    store.on_commit(lambda topics: state.wakeups.publish(*topics))
    _install(app, settings)
    return app


def _install(app: FastAPI, settings: Settings) -> None:
    install_error_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(
        CORSMiddleware,  # for customers' calls, which carry a token; cookies are never sent across origins
        allow_origins=sorted(settings.origins),
        allow_methods=["GET", "POST", "PATCH"],
        allow_headers=["Authorization", "Content-Type"],
    )
    app.add_middleware(SecurityHeaders)
    for router in ROUTERS:
        app.include_router(router)
    mount_static(app)
    install_contract(app)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    state.wakeups.bind(asyncio.get_running_loop())
    parts = Parts(
        store=state.store,
        rasa=state.rasa,
        suggestions=state.suggestions,
        typing=state.typing,
        wakeups=state.wakeups,
        clock=state.clock,
        settings=state.settings,
        metrics=state.metrics,
        people=state.people,
        exceptions=state.people.exceptions(),
    )
    async with AsyncExitStack() as running:
        running.callback(state.suggestions.close)
        await running.enter_async_context(state.rasa)
        await running.enter_async_context(Sequencer(state.store, state.wakeups))
        await running.enter_async_context(state.open_sockets)
        await running.enter_async_context(Sweeper(state.store, state.company, state.people.sentence, state.clock))
        await running.enter_async_context(Sender(state.store, state.wakeups, state.clock, state.destinations))
        if not state.store.is_sqlite:
            await running.enter_async_context(_relay(state.store, state.wakeups, state.typing, state.looking))
        await running.enter_async_context(Runner(parts))
        yield


def _relay(store: Store, wakeups: Wakeups, typing: Typing, looking: Looking) -> Relay:
    """Return what joins this process to the others on one database: wake-ups both ways, who is typing, who looks."""

    def hear(sign: Sign) -> None:
        if "line_id" in sign:
            looking.hear(Look(**sign))
        else:
            typing.hear(TypingNotice(**sign))

    relay = Relay(store.url, wakeups.publish, hear)
    typing.carry(lambda notice: relay.send(asdict(notice)))
    looking.carry(lambda look: relay.send(asdict(look)))
    return relay
