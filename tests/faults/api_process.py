"""The API as a process of its own, with a fake search: what the killing tests kill."""

from __future__ import annotations

from pathlib import Path

from api.app import create_app
from api.company import load_company
from api.settings import Settings
from api.start import server
from tests.fakes import WordFinder
from tests.running import COMPANY, SECRETS, fresh_store


def main(var: str, port: str) -> None:
    """Serve the database in folder `var` until killed; Rasa is whatever that database lists."""
    settings = Settings(
        var_dir=Path(var),
        port=int(port),
        rate_limits=False,
        log_level="warning",
        allowed_origins="http://shop.test",
    )
    store = fresh_store(settings.var_dir)
    company = load_company(COMPANY)
    app = create_app(settings, store=store, search=WordFinder(), company=company, secrets=SECRETS)
    server(settings, app).run()
