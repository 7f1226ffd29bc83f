"""What routes are given. Everything was made by `create_app`'s caller and lives on `app.state`."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.articles.imports import Imports
from api.clock import Clock
from api.company import Company
from api.conversations.service import Conversations
from api.conversations.typing import Typing
from api.conversations.wakeups import Wakeups
from api.health import Health
from api.insight.looks import Looks
from api.metrics import Metrics
from api.review.meaning import Meanings
from api.security.secrets import Secrets
from api.settings import Settings
from api.store.database import Store
from api.suggestions.finder import Finder
from api.suggestions.service import Suggestions
from api.webhooks.addresses import Destinations


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
    return cast(Conversations, connection.app.state.conversations)


def get_suggestions(connection: HTTPConnection) -> Suggestions:
    """Return the suggestion service."""
    return cast(Suggestions, connection.app.state.suggestions)


def get_secrets(connection: HTTPConnection) -> Secrets:
    """Return the installation's secrets."""
    return cast(Secrets, connection.app.state.secrets)


def get_imports(connection: HTTPConnection) -> Imports:
    """Return the imports that wait to be applied."""
    return cast(Imports, connection.app.state.imports)


def get_meanings(connection: HTTPConnection) -> Meanings:
    """Return what compares messages by their meaning."""
    return cast(Meanings, connection.app.state.meanings)


def get_looks(connection: HTTPConnection) -> Looks:
    """Return what counts periods."""
    return cast(Looks, connection.app.state.looks)


def get_typing(connection: HTTPConnection) -> Typing:
    """Return who is typing."""
    return cast(Typing, connection.app.state.typing)


def get_health(connection: HTTPConnection) -> Health:
    """Return what asks the parts how they are."""
    return cast(Health, connection.app.state.health)


def get_destinations(connection: HTTPConnection) -> Destinations:
    """Return where webhooks may lead."""
    return cast(Destinations, connection.app.state.destinations)


def get_metrics(connection: HTTPConnection) -> Metrics:
    """Return the metrics of this process."""
    return cast(Metrics, connection.app.state.metrics)


SettingsDep = Annotated[Settings, Depends(get_settings)]
StoreDep = Annotated[Store, Depends(get_store)]
SearchDep = Annotated[Finder, Depends(get_search)]
ClockDep = Annotated[Clock, Depends(get_clock)]
CompanyDep = Annotated[Company, Depends(get_company)]
WakeupsDep = Annotated[Wakeups, Depends(get_wakeups)]
ConversationsDep = Annotated[Conversations, Depends(get_conversations)]
SuggestionsDep = Annotated[Suggestions, Depends(get_suggestions)]
SecretsDep = Annotated[Secrets, Depends(get_secrets)]
ImportsDep = Annotated[Imports, Depends(get_imports)]
MeaningsDep = Annotated[Meanings, Depends(get_meanings)]
LooksDep = Annotated[Looks, Depends(get_looks)]
TypingDep = Annotated[Typing, Depends(get_typing)]
HealthDep = Annotated[Health, Depends(get_health)]
DestinationsDep = Annotated[Destinations, Depends(get_destinations)]
MetricsDep = Annotated[Metrics, Depends(get_metrics)]
