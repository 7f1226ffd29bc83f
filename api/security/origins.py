"""Which pages may call us from a browser: an Origin matches exactly or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_origin(origin: str) -> str | None:
    """Return `scheme://host[:port]` in lower case without a default port, or None for what is no http(s) origin.

    A path, a query, credentials or the literal `null` are no origin: browsers never send them for a real page.
    """
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    if parts.path or parts.query or parts.fragment or origin != origin.strip():
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if port is None or port == DEFAULT_PORTS[parts.scheme]:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"


def is_allowed(origin: str | None, allowed: Iterable[str]) -> bool:
    """Say whether a browser page of this origin may call; a missing or strange origin may not."""
    if origin is None:
        return False
    normal = normal_origin(origin)
    return normal is not None and normal in {normal_origin(one) for one in allowed}
