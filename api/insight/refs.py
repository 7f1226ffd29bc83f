"""Where a figure comes from: one conversation, perhaps one message of it, perhaps with what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """One thing counted."""

    conversation_id: str
    message_id: str | None = None
    value: float | None = None  # seconds, stars or a score, by figure
