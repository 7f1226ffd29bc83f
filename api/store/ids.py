"""Ids that say nothing and cannot be guessed."""

from __future__ import annotations

import secrets


def new_id() -> str:
    """Return 22 URL-safe characters holding 128 random bits."""
    return secrets.token_urlsafe(16)
