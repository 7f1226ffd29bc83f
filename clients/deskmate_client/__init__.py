"""Deskmate from another program.

`Chat` is a customer, `Desk` an agent or an administrator; `AsyncChat` and `AsyncDesk` are the same with `await`.
`is_signed` checks what a webhook brought.
"""

from __future__ import annotations

from deskmate_client.chat import AsyncChat, Chat
from deskmate_client.desk import AsyncDesk, Desk
from deskmate_client.errors import Failed, HistoryChanged, Refused, Unreachable
from deskmate_client.model import (
    Accepted,
    Button,
    Event,
    Held,
    Line,
    Page,
    QueueEntry,
    Suggestion,
    SuggestionSet,
    Webhook,
)
from deskmate_client.retries import Patience
from deskmate_client.signing import is_signed

__all__ = [
    "Accepted",
    "AsyncChat",
    "AsyncDesk",
    "Button",
    "Chat",
    "Desk",
    "Event",
    "Failed",
    "Held",
    "HistoryChanged",
    "Line",
    "Page",
    "Patience",
    "QueueEntry",
    "Refused",
    "Suggestion",
    "SuggestionSet",
    "Unreachable",
    "Webhook",
    "is_signed",
]
