"""What the dashboard app in Chatwoot shows for a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from deskmate_chatwoot.memory import KnownChat, Memory
from deskmate_chatwoot.payloads import DIRECTIONS, ChatKey
from deskmate_client import AsyncDesk, Failed, Suggestion, SuggestionSet

SHOWN = 3
LINES = 20  # of a conversation that Deskmate does not know, read from what Chatwoot hands the app


class Dashboard:
    """Answers the dashboard app.

    Args:
        desk: Deskmate, as an agent.
        memory: which conversation of Chatwoot is which of Deskmate.
    """

    def __init__(self, desk: AsyncDesk, memory: Memory) -> None:
        self._desk = desk
        self._memory = memory

    async def suggestions(self, conversation: Mapping[str, Any]) -> dict[str, Any]:
        """Return suggestions, the bot's own where it has been asked, and the brief of a hand-off.

        Args:
            conversation: as Chatwoot hands it to a dashboard app: `id`, `account_id`, `messages`.
        """
        chat = self._known(conversation)
        try:
            found = await self._found(chat, _said(conversation))
            brief = await self._brief(chat)
        except Failed as failed:
            return {"problem": str(failed), "suggestions": [], "brief": []}
        shown = [*found.suggestions[:SHOWN], *found.internal[:SHOWN]] if found else []
        internal = {one.suggestion_id for one in found.internal} if found else set()
        return {"suggestions": [_shown(one, one.suggestion_id in internal) for one in shown], "brief": brief}

    async def _found(self, chat: KnownChat | None, said: list[tuple[str, str]]) -> SuggestionSet | None:
        if chat is not None and chat.question_id is not None:
            return await self._desk.suggestions_for(chat.question_id, limit=SHOWN)
        questions = [place for place, (speaker, _) in enumerate(said) if speaker == "customer"]
        if not questions:
            return None
        last = questions[-1]
        return await self._desk.suggest(said[last][1], history=said[:last], limit=SHOWN)

    async def _brief(self, chat: KnownChat | None) -> list[dict[str, str]]:
        if chat is None:
            return []
        try:
            packet = await self._desk.hand_off(chat.conversation_id)
        except Failed:
            return []  # it was never handed over
        return [{"kind": line["kind"], "text": line["text"]} for line in packet["brief"]]

    def _known(self, conversation: Mapping[str, Any]) -> KnownChat | None:
        account, number = conversation.get("account_id"), conversation.get("id")
        if not isinstance(account, int) or not isinstance(number, int):
            return None
        return self._memory.chat(ChatKey(account, number))


def _said(conversation: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return who said what, oldest first, of what Chatwoot handed over; private notes left out."""
    messages = conversation.get("messages")
    lines = []
    for message in messages[-LINES:] if isinstance(messages, list) else []:
        direction = DIRECTIONS.get(message.get("message_type"))
        text = message.get("content")
        if isinstance(text, str) and text.strip() and not message.get("private"):
            if direction == "incoming":
                lines.append(("customer", text))
            elif direction == "outgoing":
                lines.append(("agent", text))
    return lines


def _shown(suggestion: Suggestion, internal: bool) -> dict[str, Any]:
    return {**asdict(suggestion), "internal": internal}
