"""Only the host site's own key makes a customer verified (E10)."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from api.security.identity import IdentityRefused, sign_identity, verify_identity

KEY = "k7" * 32
NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
CLAIMS: dict[str, Any] = {"sub": "customer-7", "aud": "deskmate", "exp": NOW + timedelta(minutes=5)}


def signed(claims: dict[str, Any], *, key: str = KEY, algorithm: str = "HS256", headers: Any = None) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


def test_the_host_sites_token_is_accepted() -> None:
    identity = verify_identity(signed({**CLAIMS, "name": "Ada", "email": "ada@example.org"}), KEY, now=NOW)
    assert (identity.subject, identity.name, identity.email) == ("customer-7", "Ada", "ada@example.org")
    assert verify_identity(sign_identity("7", KEY, now=NOW), KEY, now=NOW).subject == "7"


def without(claim: str) -> dict[str, Any]:
    return {name: value for name, value in CLAIMS.items() if name != claim}


def unsigned() -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, default=str).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part({**CLAIMS, 'exp': NOW.timestamp() + 300})}."


@pytest.mark.parametrize(
    "token",
    ["", "a.b.c", unsigned(), signed(CLAIMS, key="x9" * 32), signed(CLAIMS, algorithm="HS512", key=KEY * 2),
     signed(without("exp")), signed(without("sub")), signed(without("aud")),
     signed({**CLAIMS, "aud": "another"}), signed({**CLAIMS, "exp": NOW - timedelta(minutes=1)}),
     signed({**CLAIMS, "sub": ""}), signed({**CLAIMS, "exp": True}),
     signed({**CLAIMS, "nbf": NOW + timedelta(hours=1)}), signed({**CLAIMS, "sub": "x" * 201}),
     signed(CLAIMS, headers={"crit": ["b64"]}), signed({**CLAIMS, "name": "x" * 5000}), "é" * 20],
)  # fmt: skip
def test_every_other_token_is_refused(token: str) -> None:
    with pytest.raises(IdentityRefused):
        verify_identity(token, KEY, now=NOW)


def test_a_tokens_clock_is_the_servers_not_the_systems() -> None:
    token = signed(CLAIMS)
    verify_identity(token, KEY, now=NOW + timedelta(minutes=5))  # within the leeway of 30 s
    with pytest.raises(IdentityRefused, match="expired"):
        verify_identity(token, KEY, now=NOW + timedelta(minutes=6))


def test_strange_claims_are_not_shown() -> None:
    identity = verify_identity(signed({**CLAIMS, "name": ["x"], "email": "e" * 900}), KEY, now=NOW)
    assert identity.name is None
    assert identity.email == "e" * 200
