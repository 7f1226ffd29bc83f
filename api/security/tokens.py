"""Random tokens: made here, shown once, stored only as their SHA-256."""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_BYTES = 32  # 256 bits: a hash without salt or work factor is enough for what cannot be guessed


def new_token(kind: str) -> str:
    """Return a fresh token such as `dm_agent_...`; the kind lets a person and a secret scanner recognise it."""
    return f"dm_{kind}_{secrets.token_urlsafe(TOKEN_BYTES)}"


def new_id() -> str:
    """Return an identifier of 128 random bits, 22 characters."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> str:
    """Return what is stored of a token: its SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that says nothing about where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
