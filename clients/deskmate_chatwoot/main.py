"""`deskmate-chatwoot`: reads the environment and serves."""

from __future__ import annotations

import logging
import sys

import uvicorn

from deskmate_chatwoot.app import create_app
from deskmate_chatwoot.chatwoot import Chatwoot
from deskmate_chatwoot.memory import Memory
from deskmate_chatwoot.settings import Settings
from deskmate_client import AsyncDesk


def main() -> None:
    """Serve until ended; exits with 2 when the environment lacks something."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines would hold addresses of conversations
    try:
        settings = Settings.read()
    except ValueError as wrong:
        sys.exit(f"deskmate-chatwoot: {wrong}")
    memory = Memory(settings.memory)
    settings.memory.chmod(0o600)  # it holds customers' tokens
    app = create_app(
        settings,
        memory=memory,
        desk=AsyncDesk(settings.deskmate_url, settings.deskmate_token),
        chatwoot=Chatwoot(settings.chatwoot_url, settings.bot_token, reader_token=settings.reader_token),
    )
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False)  # its lines would hold the key
    memory.close()
