"""Chatwoot's API, as its agent bot may use it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from deskmate_chatwoot.payloads import ChatKey
from deskmate_client import Button, Patience
from deskmate_client.retries import asked_pause_s, is_worth_another

ANSWER_WITHIN_S = 15.0
OUTGOING = 1  # Chatwoot's number for what goes to the customer


class ChatwootFailed(Exception):
    """Chatwoot did not take what we sent, however often."""


class ChatwootRefused(Exception):
    """Chatwoot said no, and would say so again: the conversation is gone, say."""


class Chatwoot:
    """Says things and hands over, as the agent bot.

    Args:
        url: Chatwoot's address.
        token: the agent bot's access token.
        patience: how often a call is made again.
        transport: of httpx, for tests.
        reader_token: of an agent, to read a conversation, which bots may not; "" for none.
    """

    def __init__(
        self,
        url: str,
        token: str,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        reader_token: str = "",
    ) -> None:
        headers = {"api_access_token": token}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=ANSWER_WITHIN_S, transport=transport)
        self._reader = {"api_access_token": reader_token} if reader_token else None
        self._patience = patience or Patience()

    async def say(self, key: ChatKey, text: str, buttons: Sequence[Button] = ()) -> int | None:
        """Say something to the customer; buttons become a list to choose from. Return Chatwoot's number of it."""
        body: dict[str, Any] = {"content": text, "message_type": "outgoing", "private": False}
        if buttons:
            choices = [{"title": button.title, "value": button.button_id} for button in buttons]
            body |= {"content_type": "input_select", "content_attributes": {"items": choices}}
        taken = await self._post(key, "messages", body)
        return taken["id"] if isinstance(taken.get("id"), int) else None

    async def find(self, key: ChatKey, text: str, *, after: int) -> int | None:
        """Return the number of an outgoing message with this text; None without one, or without a token to read with.

        Args:
            key: the conversation.
            text: what it says.
            after: only messages with a higher number.

        Raises:
            ChatwootFailed: the conversation cannot be read now.
        """
        if self._reader is None:
            return None
        path = f"/api/v1/accounts/{key.account_id}/conversations/{key.conversation_id}/messages"
        try:
            answer = await self._http.get(path, params={"after": after}, headers=self._reader)
            answer.raise_for_status()
            rows = answer.json()["payload"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise ChatwootFailed(f"GET {path}: {type(error).__name__}") from error
        ours = (row for row in rows if row.get("message_type") == OUTGOING and not row.get("private"))
        return next((int(row["id"]) for row in ours if row["id"] > after and row.get("content") == text), None)

    async def note(self, key: ChatKey, text: str) -> None:
        """Tell the agents something that the customer does not see."""
        await self._post(key, "messages", {"content": text, "message_type": "outgoing", "private": True})

    async def set_status(self, key: ChatKey, status: str) -> None:
        """Give a conversation to the agents (`open`) or to the bot (`pending`)."""
        await self._post(key, "toggle_status", {"status": status}, repeatable=True)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._http.aclose()

    async def _post(self, key: ChatKey, call: str, body: dict[str, Any], *, repeatable: bool = False) -> dict[str, Any]:
        path = f"/api/v1/accounts/{key.account_id}/conversations/{key.conversation_id}/{call}"
        tried = 0
        while True:
            tried += 1
            try:
                outcome: httpx.Response | httpx.TransportError = await self._http.post(path, json=body)
            except httpx.TransportError as error:
                outcome = error
            if isinstance(outcome, httpx.Response) and outcome.is_success:
                return _read(outcome)
            if tried >= self._patience.tries or not is_worth_another(outcome, repeatable=repeatable):
                raise _failure(path, outcome)
            await asyncio.sleep(self._patience.pause_s(tried, asked_s=asked_pause_s(outcome)))


def _read(answer: httpx.Response) -> dict[str, Any]:
    """Return what a successful answer says; nothing where it is not what Chatwoot documents."""
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _failure(path: str, outcome: httpx.Response | httpx.TransportError) -> ChatwootFailed | ChatwootRefused:
    """Return what to raise: a wrong token can be put right, so what it stopped is tried again."""
    if isinstance(outcome, httpx.TransportError):
        return ChatwootFailed(f"POST {path}: {type(outcome).__name__}")
    is_final = outcome.is_client_error and outcome.status_code not in {401, 403, 408, 429}
    return (ChatwootRefused if is_final else ChatwootFailed)(f"POST {path}: {outcome.status_code}")
