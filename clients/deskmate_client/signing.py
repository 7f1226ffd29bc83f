"""The check of a webhook's signature."""

from __future__ import annotations

import hashlib
import hmac
import time

HEADER = "Deskmate-Signature"
TOLERANCE_S = 300


def is_signed(secret: str, body: bytes, header: str, *, now_s: float | None = None) -> bool:
    """Say whether a request came from our Deskmate, lately, and as it was sent.

    Args:
        secret: what `Desk.add_webhook` gave.
        body: the bytes of the request, before anything is parsed.
        header: its `Deskmate-Signature`.
        now_s: the Unix time; the machine's own if none is given.
    """
    parts = [part.strip().partition("=")[::2] for part in header.split(",")]
    made = next((value for name, value in parts if name == "t"), "")
    now_s = time.time() if now_s is None else now_s
    if not made.isascii() or not made.isdigit() or len(made) > 12 or abs(now_s - int(made)) > TOLERANCE_S:
        return False
    wanted = hmac.new(secret.encode(), f"{made}.".encode() + body, hashlib.sha256).hexdigest().encode()
    return any(hmac.compare_digest(wanted, value.encode()) for name, value in parts if name == "v1")
