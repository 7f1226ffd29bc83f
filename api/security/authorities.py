"""Whom this process trusts to name servers."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """Return the one context for all calls to others: reading its certificates takes longer than a turn of the bot."""
    return httpx.create_ssl_context(trust_env=False)
