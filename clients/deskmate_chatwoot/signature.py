"""The check of Chatwoot's signature on what its agent bot is sent (Chatwoot 4.13 and later)."""

from __future__ import annotations

import hashlib
import hmac

SIGNATURE, TIMESTAMP = "X-Chatwoot-Signature", "X-Chatwoot-Timestamp"
TOLERANCE_S = 300


def is_from_chatwoot(secret: str, body: bytes, signature: str, timestamp: str, *, now_s: float) -> bool:
    """Say whether `signature` is `sha256=` and HMAC-SHA256 over `<timestamp>.<body>`, and the time is near.

    Args:
        secret: the agent bot's.
        body: the bytes of the request.
        signature: its X-Chatwoot-Signature.
        timestamp: its X-Chatwoot-Timestamp, a Unix time.
        now_s: the Unix time now.
    """
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(now_s - int(timestamp)) > TOLERANCE_S:
        return False
    wanted = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={wanted}".encode(), signature.encode())
