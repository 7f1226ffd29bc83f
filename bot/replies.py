"""Collects what the bot says in one turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa.core.channels.channel import OutputChannel

ASKING, UNCLEAR = "utter_ask_", "_unclear"  # "I couldn't read that" asks already: a form need not ask once more


@dataclass(frozen=True, slots=True)
class Reply:
    """One bubble."""

    text: str
    buttons: tuple[Mapping[str, str], ...] = ()  # {title, payload}
    suggestion_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the reply as the API reads it, without what is empty."""
        reply: dict[str, Any] = {"text": self.text}
        if self.buttons:
            reply["buttons"] = [dict(button) for button in self.buttons]
        if self.suggestion_id:
            reply["suggestion_id"] = self.suggestion_id
        return reply


@dataclass
class Replies(OutputChannel):  # type: ignore[misc]
    """An output channel that keeps one turn's replies, and the notes actions send beside them.

    A note is the `custom` part of a message: `suggestion_id`, `outcome` (what the turn came to) and `feedback`
    (`{"suggestion_id", "helpful"}`, the customer's answer to "did this help?").
    """

    replies: list[Reply] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    feedback: Mapping[str, Any] | None = None
    _has_asked: bool = False

    @classmethod
    def name(cls) -> str:
        """Return the name responses may be written for in the domain."""
        return "gateway"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:  # noqa: ARG002
        """Keep one message."""
        notes = message.get("custom") or {}
        if notes.get("outcome"):
            self.outcomes.append(str(notes["outcome"]))
        if notes.get("feedback"):
            self.feedback = notes["feedback"]
        text = (message.get("text") or "").strip()
        response = str(message.get("utter_action") or "")
        if response.startswith(ASKING) and self._has_asked:
            return
        self._has_asked = self._has_asked or response.endswith(UNCLEAR)
        if text:
            buttons = tuple(
                {"title": str(button["title"]), "payload": str(button["payload"])}
                for button in message.get("buttons") or ()
            )
            self.replies.append(Reply(text, buttons, notes.get("suggestion_id")))
