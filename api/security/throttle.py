"""Limits on guessing passwords, counted in the database so that a restart or a second process forgets nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.store.tables import LoginAttempt

# Failures after which an account is shut to one address, and to everybody; a person who mistypes gets five tries.
PER_ADDRESS = (5, timedelta(minutes=5))
PER_ACCOUNT = (10, timedelta(minutes=15))
KEPT = timedelta(days=1)


def begin_attempt(session: Session, account: str, address: str, now: datetime) -> LoginAttempt | None:
    """Note a try before its password is looked at; None when there were too many.

    The try counts as failed until `LoginAttempt.successful` is set, so tries made at the same moment cannot all pass.
    """
    for limit, window, address_too in ((*PER_ADDRESS, True), (*PER_ACCOUNT, False)):
        failures = (
            select(func.count())
            .select_from(LoginAttempt)
            .where(LoginAttempt.account == account, LoginAttempt.at > now - window, LoginAttempt.successful.is_(False))
        )
        if address_too:
            failures = failures.where(LoginAttempt.address == address)
        if (session.scalar(failures) or 0) >= limit:
            return None
    session.execute(delete(LoginAttempt).where(LoginAttempt.at < now - KEPT))
    attempt = LoginAttempt(account=account, address=address, successful=False, at=now)
    session.add(attempt)
    session.flush()
    return attempt
