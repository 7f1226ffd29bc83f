"""Trying an e-mail and a password: counted before it is looked at, the same work and words whoever it is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import ApiError
from api.security.accounts import create_session, revoke_session
from api.security.audit import record_audit
from api.security.passwords import decoy_hash, hash_aside, needs_rehash, verify_aside
from api.security.throttle import begin_attempt
from api.security.tokens import token_hash
from api.store.database import Store
from api.store.tables import Agent, LoginAttempt
from api.strings.catalogue import say


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to log in."""

    account: str  # the e-mail as it is stored: lower case
    password: str
    address: str  # where it comes from
    old_session: str | None  # the cookie the browser came with, which is not carried over


async def log_in(store: Store, attempt: Attempt, *, now: datetime) -> tuple[Agent, str]:
    """Return who logged in, and the value of their new session's cookie.

    Raises:
        ApiError: 401 when account and password do not match, 429 after too many tries.
    """
    noted = await store.write(lambda session: begin_attempt(session, attempt.account, attempt.address, now))
    if noted is None:
        raise ApiError(429, "too_many_attempts", say("people.too_many_attempts"), headers={"Retry-After": "300"})
    agent = await store.read(lambda session: _account(session, attempt.account))
    stored = agent.password_hash if agent is not None and agent.password_hash else decoy_hash()
    matches = await verify_aside(attempt.password, stored)
    if agent is None or not agent.password_hash or not matches:
        await store.write(lambda session: _note_refusal(session, agent, now))
        raise _refused()
    better = await hash_aside(attempt.password) if needs_rehash(stored) else None
    agent_id, noted_id = agent.id, noted.id

    def begin_session(session: Session) -> str:
        if attempt.old_session:
            revoke_session(session, token_hash(attempt.old_session), now=now)
        account = session.get_one(Agent, agent_id)
        if account.disabled_at is not None:  # while the password was checked
            raise _refused()
        account.password_hash = better or account.password_hash
        session.get_one(LoginAttempt, noted_id).successful = True
        return create_session(session, account, now=now)

    return agent, await store.write(begin_session)


def _refused() -> ApiError:
    return ApiError(401, "wrong_credentials", say("people.wrong_credentials"))


def _account(session: Session, account: str) -> Agent | None:
    return session.scalar(select(Agent).where(Agent.email == account, Agent.disabled_at.is_(None)))


def _note_refusal(session: Session, agent: Agent | None, now: datetime) -> None:
    record_audit(session, "nobody", "log_in", at=now, subject=agent.id if agent else None, successful=False)
