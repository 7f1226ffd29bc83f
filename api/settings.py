"""Every setting of the API in one frozen value, read once at start from the environment (`DESKMATE_*`)."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How this installation runs. The defaults work with no environment at all.

    Time-outs are those of the message path: an action waits 2 s for the API, Rasa 8 s for an action, and the API 12 s
    for a whole turn, so that whoever waits longest is the one who can still tell the customer.
    """

    model_config = SettingsConfigDict(env_prefix="DESKMATE_", frozen=True, extra="ignore")

    var_dir: Path = Path("var")
    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    database_url: str = ""  # empty: SQLite in var_dir
    allowed_origins: str = ""  # of the websites that carry the widget, comma-separated; our own are always allowed
    public_url: str = ""  # how customers reach this server; https here makes cookies Secure
    rasa_port_base: int = 5105
    actions_port: int = 5155
    actions_host: str = "127.0.0.1"
    rate_limits: bool = True
    log_level: str = "info"

    turn_timeout_s: float = 12.0
    still_working_s: float = 4.0  # after this a typing frame says that the bot is still at work
    readiness_kept_s: float = 1.0  # one answer about readiness serves everyone who asks within this
    heartbeat_s: float = 20.0  # two missed ones end a socket
    store_patience_s: float = 4.0  # a customer's write waits this long for the database, then hears 503

    model_characters: int = 2_000  # what Rasa and the encoder see of a text: their cost grows with the square
    stored_characters: int = 8_000  # what a message may hold; more is refused
    frame_bytes: int = 128 * 1024  # one WebSocket frame from a client: 8,000 characters, each as a twelve-byte escape
    send_buffer: int = 256  # events a slow reader may fall behind before its socket is closed
    burst_messages: int = 30  # a customer may send this many at once, then one a second; other calls count beside
    burst_conversations: int = 600  # one address may open this many at once, then one a second; an office shares one
    webhook_networks: str = ""  # networks, comma-separated, that webhooks may call besides the public internet
    trusted_proxies: str = ""  # addresses or networks, comma-separated, whose X-Forwarded-For is believed

    import_hosts: str = ""  # host or host:port, comma-separated: websites of our own network to import articles from

    model_kept_s: float = 900.0  # after a promotion the earlier model's process stays warm for a return within seconds

    index_kept_days: int = Field(default=30, ge=0)  # after it served: to show what was answered then, and why

    max_wrong_answers: float = Field(default=0.05, gt=0.0, lt=1.0)  # of the answers the bot gives by itself, the share

    reopen_days: int = 3  # a chat closed by a person goes back to the queue when the customer writes within these
    conversation_days: int = 90  # a chat idle for longer has expired

    # How long what is kept, in days; 0 for ever. docs/privacy.md says what each covers.
    keep_conversations_days: int = Field(default=730, ge=0)  # after the last message; open ones stay
    keep_suggestions_days: int = Field(default=365, ge=0)
    keep_audit_days: int = Field(default=1095, ge=0)
    keep_tasks_days: int = Field(default=90, ge=0)  # after a call-back is done: address, number and note
    keep_logs_days: int = Field(default=30, ge=0)  # also log-in attempts, desk events and jobs that have ended

    @field_validator("trusted_proxies", "webhook_networks")
    @classmethod
    def _check_networks(cls, value: str) -> str:
        _networks(value)
        return value

    @cached_property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The proxies in front of this server, as networks."""
        return _networks(self.trusted_proxies)

    @cached_property
    def callable_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks webhooks may call besides the public internet."""
        return _networks(self.webhook_networks)

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{(self.var_dir / 'deskmate.db').resolve()}"

    @property
    def actions_url(self) -> str:
        """Where the action server listens."""
        return f"http://{self.actions_host}:{self.actions_port}"

    @property
    def secrets_dir(self) -> Path:
        """Folder of this installation's own secrets, readable by its user only."""
        return self.var_dir / "secrets"

    @property
    def origins(self) -> frozenset[str]:
        """Origins of the pages that may carry the widget, compared exactly: our own and the allowed ones."""
        return self._local_origins | self._listed_origins

    @property
    def own_origins(self) -> frozenset[str]:
        """Origins of our own consoles, the only pages whose cookie counts.

        Where `public_url` does not say what they are, an allowed origin is taken for one of them.
        """
        return self._local_origins if self.public_url else self.origins

    @property
    def _local_origins(self) -> frozenset[str]:
        own = {f"http://{name}:{self.port}" for name in ("localhost", "127.0.0.1", "[::1]")}
        return frozenset(own | ({self.public_url.rstrip("/")} if self.public_url else set()))

    @property
    def _listed_origins(self) -> frozenset[str]:
        return frozenset(origin.strip() for origin in self.allowed_origins.split(",") if origin.strip())

    @property
    def secure_cookies(self) -> bool:
        """Whether customers reach this server over https."""
        return self.public_url.startswith("https://")


def _networks(listed: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read addresses and networks, comma-separated."""
    named = (part.strip() for part in listed.split(","))
    return tuple(ip_network(part, strict=False) for part in named if part)
