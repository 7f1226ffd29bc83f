"""Reason codes in words, for agents."""

from __future__ import annotations

from api.strings.catalogue import catalogue


def reason_text(code: str) -> str:
    """Return a reason code as a person says it; a code of a company's own rule is read as it is spelt."""
    known = catalogue().get(f"reasons.{code}")
    return known if known is not None else code.replace("_", " ").capitalize()
