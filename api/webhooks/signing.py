"""The signature on what is sent: HMAC-SHA256 over time and body, so that neither can be changed or sent again late.

The receiver computes the same over the bytes it got, compares in constant time, and refuses a time that is minutes old.
While a secret is being replaced the header carries one signature by each, and either is enough.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "Deskmate-Signature"
TOLERANCE_S = 300


def sign(secrets: Sequence[str], body: bytes, *, at_s: int) -> str:
    """Return the value of the signature's header for a body sent at a Unix time, signed by each secret."""
    return ",".join([f"t={at_s}", *(f"v1={_mac(secret, body, at_s)}" for secret in secrets)])


def is_signed(secret: str, body: bytes, header: str, *, now_s: int) -> bool:
    """Say whether a header signs a body, and was made lately; what receivers do."""
    parts = [part.partition("=")[::2] for part in header.split(",")]
    made = next((value for name, value in parts if name == "t"), "")
    if not made.isascii() or not made.isdigit() or len(made) > 12 or abs(now_s - int(made)) > TOLERANCE_S:
        return False
    wanted = _mac(secret, body, int(made)).encode()
    return any(hmac.compare_digest(wanted, value.encode()) for name, value in parts if name == "v1")


def _mac(secret: str, body: bytes, at_s: int) -> str:
    return hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
