"""Limits on guessing passwords, counted in the database so that a restart or a second process forgets nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from api.store.tables import LoginAttempt

# Failures after which an account is shut to one address, and to everybody; a person who mistypes gets five tries.
PER_ADDRESS = (5, timedelta(minutes=5))
PER_ACCOUNT = (10, timedelta(minutes=15))
ANY_ACCOUNT = (30, timedelta(minutes=5))  # of one address over all accounts: a spray, and work for the hash function
KEPT = timedelta(days=1)


def begin_attempt(session: Session, account: str, address: str, now: datetime) -> LoginAttempt | None:
    """Note a try before its password is looked at; None when there were too many.

    The try counts as failed until `LoginAttempt.successful` is set, so tries made at the same moment cannot all pass.
    """
    of_account, of_address = LoginAttempt.account == account, LoginAttempt.address == address
    limits = (
        (PER_ADDRESS, and_(of_account, of_address)),
        (PER_ACCOUNT, of_account),
        (ANY_ACCOUNT, of_address),
    )
    for (most, window), whose in limits:
        failed = (whose, LoginAttempt.at > now - window, LoginAttempt.successful.is_(False))
        if (session.scalar(select(func.count()).select_from(LoginAttempt).where(*failed)) or 0) >= most:
            return None
    session.execute(delete(LoginAttempt).where(LoginAttempt.at < now - KEPT))
    attempt = LoginAttempt(account=account, address=address, successful=False, at=now)
    session.add(attempt)
    session.flush()
    return attempt
