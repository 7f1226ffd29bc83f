"""Putting the real parts together, for `deskmate api`."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.company import load_company
from api.logs import configure_logs
from api.security.secrets import ensure_secrets
from api.settings import Settings
from api.store.database import Store
from api.store.migrate import migrate
from api.suggestions.indexes import Indexes


class StartFailed(Exception):
    """The API cannot start; the message says why in one line."""


def open_app(settings: Settings) -> FastAPI:
    """Return the application over the real database, indexes and company.

    Raises:
        StartFailed: another API process uses this SQLite database.
        CompanyUnusable: `company.yml` cannot be used.
        SecretUnusable: a key is readable by others, too short, or an example.
    """
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    secrets = ensure_secrets(settings.secrets_dir)
    store = Store(settings.database)
    # SQLite serves one API process: a second one would take the first one's turns for abandoned.
    lock = _lock(settings.var_dir / "run" / "api.lock") if store.is_sqlite else None
    migrate(store)
    app = create_app(
        settings,
        store=store,
        search=Indexes(settings.var_dir / "index", settings.var_dir / "encoder", settings.var_dir / "cross_encoder"),
        company=load_company(settings.data_dir / "company.yml"),
        secrets=secrets,
    )
    app.state.lock = lock  # held, open, until the process ends
    return app


def server(settings: Settings, app: FastAPI | None = None) -> uvicorn.Server:
    """Return the server of `app`, by default of the real one, ready to run.

    Frames above `frame_bytes` are refused before they are buffered, compression is off (a small frame cannot become a
    large one), and no header of a client is believed about where it comes from.
    """
    if app is None:
        configure_logs(settings.log_level)
        app = open_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ws_max_size=settings.frame_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=settings.heartbeat_s,
        ws_ping_timeout=settings.heartbeat_s,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
        lifespan="on",
    )
    return uvicorn.Server(config)


def _lock(file: Path) -> IO[str]:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = file.open("a", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise StartFailed(f"another Deskmate API is already running here ({file} is locked)") from None
    return handle
