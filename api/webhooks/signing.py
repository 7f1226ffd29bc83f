"""The signature on what is sent: HMAC-SHA256 over time and body, so that neither can be changed or sent again late.

The receiver computes the same over the bytes it got, compares in constant time, and refuses a time that is minutes old.
"""

from __future__ import annotations

import hashlib
import hmac

HEADER = "Deskmate-Signature"
TOLERANCE_S = 300


def sign(secret: str, body: bytes, *, at_s: int) -> str:
    """Return the value of the signature's header for a body sent at a Unix time."""
    return f"t={at_s},v1={_mac(secret, body, at_s)}"


def is_signed(secret: str, body: bytes, header: str, *, now_s: int) -> bool:
    """Say whether a header signs a body, and was made lately; what receivers do."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    made = parts.get("t", "")
    if not made.isascii() or not made.isdigit() or len(made) > 12 or abs(now_s - int(made)) > TOLERANCE_S:
        return False
    return hmac.compare_digest(_mac(secret, body, int(made)), parts.get("v1", ""))


def _mac(secret: str, body: bytes, at_s: int) -> str:
    return hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
