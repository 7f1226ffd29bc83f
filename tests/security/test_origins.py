"""An Origin matches exactly or not at all (E04)."""

from __future__ import annotations

import pytest

from api.security.origins import is_allowed

ALLOWED = ("https://shop.example", "http://localhost:8000", "https://[::1]:8443")


@pytest.mark.parametrize(
    "origin",
    ["https://shop.example", "https://SHOP.example", "https://shop.example:443", "http://localhost:8000",
     "https://[::1]:8443"],
)  # fmt: skip
def test_the_listed_pages_may_call(origin: str) -> None:
    assert is_allowed(origin, ALLOWED)


@pytest.mark.parametrize(
    "origin",
    [None, "", "null", "*", "https://evil.example", "http://shop.example", "https://shop.example:8443",
     "https://shop.example.evil", "https://evilshop.example", "https://shop.example@evil.example",
     "https://shop.example/", "https://shop.example?x", "https://shop.example#x", " https://shop.example",
     "http://localhost", "http://localhost:80000", "http://127.0.0.1:8000", "file://shop.example",
     "https://shop.example\\.evil", "https://[::1", "https://sub.shop.example"],
)  # fmt: skip
def test_everything_else_may_not(origin: str | None) -> None:
    """E04."""
    assert not is_allowed(origin, ALLOWED)
