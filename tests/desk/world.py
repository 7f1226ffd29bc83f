"""What the tests of the people's side put around the API: a company, a clock that can be moved, a search."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.app import create_app
from api.clock import Clock
from api.company import Company
from api.security.secrets import Secrets, ensure_secrets
from api.settings import Settings
from api.store.database import Store
from api.store.tables import Meta
from api.suggestions.finder import AsOf, SearchUnavailable
from kb_index.search import Finding, Suggestion, Utterance
from tests.databases import sqlite_file

EPOCH = "epoch-1"
NINE_TO_SIX = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-18:00")
COMPANY = Company.model_validate(
    {
        "name": "Tarnwick",
        "tone": "Plain and warm.",
        "time_zone": "Europe/London",
        "channels": {
            "chat": {"hours": NINE_TO_SIX},
            "email": {"address": "help@tarnwick.example", "hours": NINE_TO_SIX, "promise": "within one working day"},
            "phone": {"address": "0800 000", "hours": {**NINE_TO_SIX, "saturday": "10:00-16:00"}},
        },
        "holidays": [
            {"date": "2026-12-24", "name": "Christmas Eve", "hours": "09:00-13:00"},
            {"date": "2026-12-25", "name": "Christmas Day"},
            {"date": "2026-12-28", "name": "Boxing Day (substitute)"},
        ],
        "meanwhile": "our help pages are there",
        "exceptions": {"who": "Customer Care lead", "email": "exceptions@tarnwick.example"},
    }
)


class MovableClock(Clock):
    """A clock that stands still until it is moved; waits still take real time."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class EmptySearch:
    """Finds the articles it was told to find, whatever is asked; broken on request."""

    def __init__(self) -> None:
        self.article_ids: list[str] = []
        self.broken = False

    def find(
        self,
        question: str,
        *,
        kb: str,
        history: Sequence[Utterance] = (),
        limit: int = 3,
        allowed: Collection[str] | None = None,
    ) -> Finding:
        if self.broken:
            raise SearchUnavailable("no index")
        found = tuple(
            Suggestion(article_id=article, title=article.title(), answer=f"About {article}.",
                       passage=f"All about {article}.", similarity=0.9, confidence=0.8)
            for article in self.article_ids[:limit]
            if allowed is None or article in allowed
        )  # fmt: skip
        return Finding(
            decision="answer" if found else "none",
            confidence=0.8 if found else 0.0,
            suggestions=found,
            internal=(),
            kb_version="kb1",
            model_version="e1",
        )

    def find_as_of(
        self, question: str, *, kb: str, version: str | None, history: Sequence[Utterance] = (), limit: int = 3
    ) -> AsOf:
        if version not in (None, "kb1"):
            raise SearchUnavailable(f"[Errno 2] No such file or directory: {version}")
        return AsOf(self.find(question, kb=kb, history=history, limit=limit), 0.5, 0.3, 0.05)

    def problem(self, kb: str = "main") -> str | None:
        return "no index" if self.broken else None

    def check(self, kb: str = "main") -> str:
        if self.broken:
            raise SearchUnavailable("no index")
        return "kb1"


def open_application(
    folder: Path, clock: Clock, search: EmptySearch, company: Company, changes: Mapping[str, Any]
) -> tuple[FastAPI, Store, Secrets, Settings]:
    """Return the application over a fresh database, with what it was made from."""
    settings = Settings(var_dir=folder, rate_limits=False, **changes)
    if not settings.database_url:  # a PostgreSQL database comes migrated
        (folder / "deskmate.db").write_bytes(sqlite_file())
    store = Store(settings.database)
    store.write_sync(lambda session: session.merge(Meta(key="epoch", value=EPOCH)))
    (folder / "epoch").write_text(EPOCH, encoding="utf-8")
    secrets = ensure_secrets(settings.secrets_dir)
    app = create_app(settings, store=store, search=search, company=company, secrets=secrets, clock=clock)
    return app, store, secrets, settings


def openapi_operations(app: FastAPI) -> list[str]:
    """Return every documented call as "METHOD /path"."""
    paths = app.openapi()["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
