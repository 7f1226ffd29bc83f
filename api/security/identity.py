"""Signed identities: the host site vouches for a customer with a short-lived HS256 token (RFC 7519, RFC 8725)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

AUDIENCE = "deskmate"
ALGORITHM = "HS256"
LEEWAY_S = 30  # clocks of two servers differ a little
LONGEST = 4096  # characters; a token is a few claims, not a document


class IdentityRefused(ValueError):
    """An identity token is not one this installation's host site made, or is no longer valid."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A customer the host site vouches for."""

    subject: str  # the host site's own id of the customer
    name: str | None
    email: str | None


def verify_identity(token: str, key: str, *, now: datetime) -> Identity:
    """Check a customer's identity token.

    Args:
        token: compact JWS with `sub`, `exp`, `aud` and perhaps `name` and `email`.
        key: the installation's identity key.
        now: an aware moment; the system clock is not asked.

    Raises:
        IdentityRefused: it is malformed, signed otherwise, expired, not yet valid, or meant for somebody else.
    """
    if len(token) > LONGEST:
        raise IdentityRefused("the identity token is too long")
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            # Times are checked below against the clock this process was given.
            options={"require": ["exp", "sub", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, ValueError, UnicodeError) as error:
        raise IdentityRefused(f"the identity token is not valid: {type(error).__name__}") from error
    _check_times(claims.get("exp"), claims.get("nbf"), now)
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 200:
        raise IdentityRefused("the identity token names nobody")
    return Identity(subject, _text(claims.get("name")), _text(claims.get("email")))


def sign_identity(subject: str, key: str, *, now: datetime, lifetime: timedelta = timedelta(hours=1)) -> str:
    """Return an identity token as a host site makes it; for its documentation, the demo and tests."""
    return jwt.encode(
        {"sub": subject, "aud": AUDIENCE, "exp": now.astimezone(UTC) + lifetime}, key, algorithm=ALGORITHM
    )


def _check_times(expires: object, not_before: object, now: datetime) -> None:
    moment = now.timestamp()
    if isinstance(expires, bool) or not isinstance(expires, int | float) or expires + LEEWAY_S <= moment:
        raise IdentityRefused("the identity token has expired")
    if not_before is None:
        return
    if isinstance(not_before, bool) or not isinstance(not_before, int | float) or not_before - LEEWAY_S > moment:
        raise IdentityRefused("the identity token is not valid yet")


def _text(value: object) -> str | None:
    """Keep a claim that is a short text, else nothing: names and addresses are shown, so their size is bounded."""
    return value[:200] if isinstance(value, str) and value.strip() else None
