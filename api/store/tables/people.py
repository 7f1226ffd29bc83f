"""People who work here: accounts, log-ins, tokens, and the log of what was done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import RowNumber
from api.store.tables.base import Json, Table, key, of


class Agent(Table):
    """A person, or a program with a token, who works here."""

    __tablename__ = "agent"

    id: Mapped[str] = key()
    email: Mapped[str | None] = mapped_column(default=None, unique=True)  # lower case; None for a program
    name: Mapped[str]
    password_hash: Mapped[str | None] = mapped_column(default=None)  # argon2id; None: cannot log in
    role: Mapped[str] = mapped_column(String(8))  # agent | admin
    departments: Mapped[Json] = mapped_column(JSON, default=list)  # []: all
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None] = mapped_column(default=None)  # the last sign of life of a desk of theirs
    left_at: Mapped[datetime | None] = mapped_column(default=None)  # when they went, or were found to be gone


class DeskLine(Table):
    """One open socket of an agent's desk, in any API process; with the last one the agent is gone."""

    __tablename__ = "desk_line"

    id: Mapped[str] = key()
    agent_id: Mapped[str] = of("agent")
    seen_at: Mapped[datetime]


class Session(Table):
    """A log-in, kept on the server; the cookie's value is stored only as its hash."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[str] = of("agent")
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class ApiToken(Table):
    """A token for programs; the role is its agent's."""

    __tablename__ = "api_token"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[str] = of("agent")
    name: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class SetupLink(Table):
    """The one-time link that creates the first administrator."""

    __tablename__ = "setup_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class LoginAttempt(Table):
    """One try to log in, kept for rate limits."""

    __tablename__ = "login_attempt"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    account: Mapped[str] = mapped_column(index=True)  # the e-mail typed, lower case
    address: Mapped[str]
    successful: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)


class Audit(Table):
    """Who did what, chained by hashes so that a changed line is noticed. No message text, no secret."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str | None] = mapped_column(default=None)
    successful: Mapped[bool] = mapped_column(default=True)
    details: Mapped[Json] = mapped_column(JSON, default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
