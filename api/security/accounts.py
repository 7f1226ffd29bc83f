"""Agents and administrators: making them, their sessions and tokens, and shutting them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as Transaction

from api.security.audit import record_audit
from api.security.passwords import check_password, hash_password
from api.security.tokens import new_token, token_hash
from api.store.tables import Agent, ApiToken, Session, SetupLink
from api.strings.catalogue import say

Role = Literal["agent", "admin"]
SESSION_LIFE = timedelta(days=14)
SESSION_IDLE = timedelta(hours=12)
SETUP_LINK_LIFE = timedelta(hours=1)
LONGEST_NAME = 100


class AccountRefused(ValueError):
    """An account cannot be made or changed this way; the message is for the person who tried."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a person's account is made from."""

    name: str
    email: str
    password: str
    role: Role = "agent"
    departments: Sequence[str] = ()
    password_hash: str | None = None  # of `password`, where it was made before the transaction


def normal_email(email: str) -> str:
    """Return an address as accounts are found by it.

    Raises:
        AccountRefused: it is no address.
    """
    folded = email.strip().casefold()
    name, at, host = folded.rpartition("@")
    if not name or not at or "." not in host.strip(".") or any(c.isspace() or not c.isprintable() for c in folded):
        raise AccountRefused(say("people.no_email"))
    if len(folded) > 254:
        raise AccountRefused(say("people.email_too_long"))
    return folded


def create_account(transaction: Transaction, account: NewAccount, *, by: str, now: datetime) -> Agent:
    """Add a person.

    Args:
        transaction: the transaction to add it in.
        account: who; the password is hashed here unless its hash comes along.
        by: the actor for the audit log, such as `agent:<id>` or `cli`.
        now: aware.

    Raises:
        AccountRefused: the name or address will not do, or the address has an account.
        PasswordRefused: the password would not protect it.
    """
    email, name = normal_email(account.email), _checked_name(account.name)
    check_password(account.password)
    if transaction.scalar(select(Agent.id).where(Agent.email == email)) is not None:
        raise AccountRefused(say("people.email_taken"))
    agent = Agent(
        email=email,
        name=name,
        password_hash=account.password_hash or hash_password(account.password),
        role=account.role,
        departments=list(account.departments),
        created_at=now,
    )
    transaction.add(agent)
    transaction.flush()
    record_audit(transaction, by, "create_account", at=now, subject=agent.id, details={"role": account.role})
    return agent


def create_token(transaction: Transaction, role: Role, *, name: str = "", by: str = "cli", now: datetime) -> str:
    """Add a program of its own identity and return its API token, which is stored only as a hash."""
    token = new_token(role)
    agent = Agent(name=_checked_name(name or f"{role} program"), role=role, departments=[], created_at=now)
    transaction.add(agent)
    transaction.flush()
    transaction.add(ApiToken(token_hash=token_hash(token), agent_id=agent.id, name=name, created_at=now))
    record_audit(transaction, by, "create_token", at=now, subject=agent.id, details={"role": role})
    return token


def create_session(transaction: Transaction, agent: Agent, *, now: datetime) -> str:
    """Log an agent in and return the value of the cookie, which is stored only as a hash."""
    token = new_token("session")
    transaction.add(
        Session(
            token_hash=token_hash(token),
            agent_id=agent.id,
            created_at=now,
            last_used_at=now,
            expires_at=now + SESSION_LIFE,
        )
    )
    record_audit(transaction, f"agent:{agent.id}", "log_in", at=now, subject=agent.id)
    return token


def revoke_session(transaction: Transaction, stored_hash: str, *, now: datetime) -> None:
    """End one log-in; doing it twice is harmless."""
    transaction.execute(
        update(Session).where(Session.token_hash == stored_hash, Session.revoked_at.is_(None)).values(revoked_at=now)
    )


def revoke_everything(transaction: Transaction, agent_id: str, *, now: datetime) -> None:
    """End every log-in of an agent and take back every token."""
    for credential in (Session, ApiToken):
        transaction.execute(
            update(credential)
            .where(credential.agent_id == agent_id, credential.revoked_at.is_(None))
            .values(revoked_at=now)
        )


def set_password(transaction: Transaction, agent: Agent, password_hash: str, *, by: str, now: datetime) -> None:
    """Give an agent another password, checked and hashed already, and end every log-in made with the old one."""
    agent.password_hash = password_hash
    transaction.execute(
        update(Session).where(Session.agent_id == agent.id, Session.revoked_at.is_(None)).values(revoked_at=now)
    )
    record_audit(transaction, by, "set_password", at=now, subject=agent.id)


def disable(transaction: Transaction, agent: Agent, *, by: str, now: datetime) -> None:
    """Shut an agent out at once: no log-in, no session, no token works any more.

    Raises:
        AccountRefused: it is the last administrator who can log in.
    """
    check_not_last_admin(transaction, agent)
    agent.disabled_at = agent.disabled_at or now
    revoke_everything(transaction, agent.id, now=now)
    record_audit(transaction, by, "disable_account", at=now, subject=agent.id)


def check_not_last_admin(transaction: Transaction, agent: Agent) -> None:
    """Refuse to lose the last administrator who can log in.

    Raises:
        AccountRefused: `agent` is that one.
    """
    if agent.role == "admin" and agent.password_hash and count_admins(transaction) <= 1 and agent.disabled_at is None:
        raise AccountRefused(say("people.last_admin"))


def count_admins(transaction: Transaction) -> int:
    """Return how many administrators can log in; 0 means that the set-up link is needed."""
    able = select(func.count()).select_from(Agent)
    able = able.where(Agent.role == "admin", Agent.disabled_at.is_(None), Agent.password_hash.is_not(None))
    return transaction.scalar(able) or 0


def create_setup_link(transaction: Transaction, *, now: datetime) -> str:
    """Return the token of a one-time link `/setup#<token>` that creates an administrator within the hour.

    Earlier links that were not used stop working, so that one printed address is ever live.
    """
    token = new_token("setup")
    transaction.execute(update(SetupLink).where(SetupLink.used_at.is_(None)).values(expires_at=now))
    transaction.add(SetupLink(token_hash=token_hash(token), created_at=now, expires_at=now + SETUP_LINK_LIFE))
    record_audit(transaction, "cli", "create_setup_link", at=now)
    return token


def is_live(transaction: Transaction, token: str, *, now: datetime) -> bool:
    """Say whether a set-up link would work now."""
    link = transaction.get(SetupLink, token_hash(token))
    return link is not None and link.used_at is None and link.expires_at > now


def use_setup_link(transaction: Transaction, token: str, *, now: datetime) -> bool:
    """Spend a set-up link; False when it is unknown, spent or too old."""
    spent = transaction.execute(
        update(SetupLink)
        .where(SetupLink.token_hash == token_hash(token), SetupLink.used_at.is_(None), SetupLink.expires_at > now)
        .values(used_at=now)
        .returning(SetupLink.token_hash)
    )
    return spent.first() is not None


def _checked_name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise AccountRefused(say("people.name_length", longest=LONGEST_NAME))
    return plain
