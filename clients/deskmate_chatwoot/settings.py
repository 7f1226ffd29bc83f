"""How the adapter runs: environment variables, read once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HANDED_OVER = "I'm passing you to a colleague, with everything we said so far."


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the two systems are, and what opens them.

    Attributes:
        deskmate_url: Deskmate's address.
        deskmate_token: of an agent of its own (`deskmate token create --role agent --name Chatwoot`)
        chatwoot_url: Chatwoot's address, as agents' browsers know it: the dashboard app may be shown there only.
        bot_token: the agent bot's access token.
        webhook_secret: the agent bot's secret, which signs what Chatwoot sends (Chatwoot 4.13 and later); empty for an
            older Chatwoot, which signs nothing: then `path_key` is all that keeps strangers out.
        reader_token: an agent's access token, to look whether an answer was taken whose sending broke off: bots may not
            read; empty for none, and then such an answer may be shown twice.
        path_key: an unguessable word in the webhook's address and the dashboard app's.
        memory: file of what the adapter must not forget.
        handed_over: what the customer reads when a person takes over.
        host: where to listen.
        port: where to listen.
    """

    deskmate_url: str
    deskmate_token: str
    chatwoot_url: str
    bot_token: str
    path_key: str
    webhook_secret: str = ""
    reader_token: str = ""
    memory: Path = Path("chatwoot.db")
    handed_over: str = HANDED_OVER
    host: str = "127.0.0.1"
    port: int = 8010

    def __post_init__(self) -> None:
        if len(self.path_key) < 16:
            raise ValueError("ADAPTER_KEY must have at least 16 characters")

    @property
    def chatwoot_origin(self) -> str:
        """The origin of Chatwoot's pages."""
        parts = urlsplit(self.chatwoot_url)
        return f"{parts.scheme}://{parts.netloc}"

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the environment.

        Raises:
            ValueError: a variable is missing or wrong; names it.
        """
        missing = [name for name in _NEEDED.values() if not environment.get(name)]
        if missing:
            raise ValueError(f"set {', '.join(missing)}")
        given = {field: environment[name].rstrip("/") for field, name in _NEEDED.items()}
        return cls(
            **given,
            webhook_secret=environment.get("CHATWOOT_SECRET", ""),
            reader_token=environment.get("CHATWOOT_READER_TOKEN", ""),
            memory=Path(environment.get("ADAPTER_MEMORY", "chatwoot.db")),
            handed_over=environment.get("ADAPTER_HANDED_OVER", HANDED_OVER),
            host=environment.get("ADAPTER_HOST", "127.0.0.1"),
            port=int(environment.get("ADAPTER_PORT", "8010")),
        )


_NEEDED = {
    "deskmate_url": "DESKMATE_URL",
    "deskmate_token": "DESKMATE_TOKEN",
    "chatwoot_url": "CHATWOOT_URL",
    "bot_token": "CHATWOOT_BOT_TOKEN",
    "path_key": "ADAPTER_KEY",
}
