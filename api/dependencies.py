"""What routes are given. Everything was made by `create_app`'s caller and lives on `app.state`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.clock import Clock
from api.company import Company
from api.conversations.wakeups import Wakeups
from api.settings import Settings
from api.store.database import Store
from api.suggestions.finder import Finder

if TYPE_CHECKING:
    from api.conversations.service import Conversations
    from api.rasa.gateway import Rasa


def get_settings(connection: HTTPConnection) -> Settings:
    """Return the settings the app was made with."""
    return cast(Settings, connection.app.state.settings)


def get_store(connection: HTTPConnection) -> Store:
    """Return the database."""
    return cast(Store, connection.app.state.store)


def get_search(connection: HTTPConnection) -> Finder:
    """Return the search over all knowledge bases."""
    return cast(Finder, connection.app.state.search)


def get_clock(connection: HTTPConnection) -> Clock:
    """Return the clock."""
    return cast(Clock, connection.app.state.clock)


def get_company(connection: HTTPConnection) -> Company:
    """Return who we are and when we are here."""
    return cast(Company, connection.app.state.company)


def get_wakeups(connection: HTTPConnection) -> Wakeups:
    """Return this process's wake-ups."""
    return cast(Wakeups, connection.app.state.wakeups)


def get_conversations(connection: HTTPConnection) -> Conversations:
    """Return the conversation service."""
    return cast("Conversations", connection.app.state.conversations)


def get_rasa(connection: HTTPConnection) -> Rasa:
    """Return the way to Rasa."""
    return cast("Rasa", connection.app.state.rasa)


SettingsDep = Annotated[Settings, Depends(get_settings)]
StoreDep = Annotated[Store, Depends(get_store)]
SearchDep = Annotated[Finder, Depends(get_search)]
ClockDep = Annotated[Clock, Depends(get_clock)]
CompanyDep = Annotated[Company, Depends(get_company)]
WakeupsDep = Annotated[Wakeups, Depends(get_wakeups)]
