"""A customer's side: open a conversation, say something, read what comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from deskmate_client import calls
from deskmate_client.lines import Async, Sync
from deskmate_client.model import Accepted, Line, Page
from deskmate_client.retries import Patience


class _Place:
    """How far a conversation has been read."""

    def __init__(self, conversation_id: str, after: int, epoch: str | None) -> None:
        self.conversation_id = conversation_id
        self.after = after
        self.epoch = epoch

    def _next(self, wait_s: float) -> calls.Call[Page]:
        return calls.messages(self.conversation_id, after=self.after, epoch=self.epoch, wait_s=wait_s)

    def _went_on(self, page: Page) -> Page:
        self.epoch = page.epoch
        self.after = page.messages[-1].seq if page.messages else (0 if page.reset else self.after)
        return page


class Chat(_Place):
    """A conversation, as its customer has it.

    Args:
        url: the server's address.
        conversation_id: which conversation.
        token: its key.
        after: the seq of the last line that was read.
        epoch: the history that seq belongs to.
        patience: how often calls are made again.
        transport: of httpx, for proxies and tests.
    """

    def __init__(
        self,
        url: str,
        conversation_id: str,
        token: str,
        *,
        after: int = 0,
        epoch: str | None = None,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(conversation_id, after, epoch)
        self.token = token
        self._line = Sync(url, token, patience or Patience(), transport)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        name: str | None = None,
        email: str | None = None,
        identity: str | None = None,
        page_url: str | None = None,
        kb: str | None = None,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> Chat:
        """Open a conversation. Name and e-mail are only shown; `identity`, signed by your site, is believed."""
        line = Sync(url, None, patience or Patience(), transport)
        new = calls.open_conversation(name=name, email=email, identity=identity, page_url=page_url, kb=kb)
        opened = line.send(new)
        chat = cls(
            url, opened.conversation_id, opened.token, epoch=opened.epoch, patience=patience, transport=transport
        )
        line.http.close()
        return chat

    def say(self, text: str, *, client_msg_id: str | None = None) -> Accepted:
        """Say something. The same client_msg_id, by us or by you, is one message however often it is sent."""
        return self._line.send(calls.say(self.conversation_id, text, None, client_msg_id))

    def press(self, button_id: str, *, client_msg_id: str | None = None) -> Accepted:
        """Press a button of a line."""
        return self._line.send(calls.say(self.conversation_id, None, button_id, client_msg_id))

    def read(self, *, wait_s: float = 0) -> Page:
        """Read what is new, waiting for it at most 30 s; `after` and `epoch` of this object move on."""
        return self._went_on(self._line.send(self._next(wait_s)))

    def lines(self, *, wait_s: float = 25) -> Iterator[Line]:
        """Yield every line as it comes, until the chat is closed. After a restore of the server, from the start."""
        while True:
            page = self.read(wait_s=wait_s)
            yield from page.messages
            if page.owner == "closed" and not page.more:
                return

    def request_person(self) -> dict[str, Any]:
        """Ask for a person; returns place, wait and opening hours. Asking again changes nothing."""
        return self._line.send(calls.customer_step(self.conversation_id, "request-person"))

    def leave_queue(self) -> dict[str, Any]:
        """Wait no longer."""
        return self._line.send(calls.customer_step(self.conversation_id, "leave-queue"))

    def leave_contact(self, *, email: str | None = None, phone: str | None = None, consent: bool) -> None:
        """Say how to be reached later; without consent nothing is kept."""
        body = {"consent": consent} | {k: v for k, v in (("email", email), ("phone", phone)) if v is not None}
        self._line.send(calls.customer_step(self.conversation_id, "contact", body))

    def rate(self, stars: int, words: str | None = None) -> None:
        """Rate the chat, 1 to 5."""
        body = {"stars": stars} | ({"words": words} if words is not None else {})
        self._line.send(calls.customer_step(self.conversation_id, "rating", body))

    def close(self) -> None:
        """Let go of the connection; the conversation stays."""
        self._line.http.close()

    def __enter__(self) -> Chat:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncChat(_Place):
    """A conversation, as its customer has it, with `await`; arguments as for `Chat`."""

    def __init__(
        self,
        url: str,
        conversation_id: str,
        token: str,
        *,
        after: int = 0,
        epoch: str | None = None,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(conversation_id, after, epoch)
        self.token = token
        self._line = Async(url, token, patience or Patience(), transport)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        name: str | None = None,
        email: str | None = None,
        identity: str | None = None,
        page_url: str | None = None,
        kb: str | None = None,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> AsyncChat:
        """Open a conversation. Name and e-mail are only shown; `identity`, signed by your site, is believed."""
        line = Async(url, None, patience or Patience(), transport)
        new = calls.open_conversation(name=name, email=email, identity=identity, page_url=page_url, kb=kb)
        opened = await line.send(new)
        chat = cls(
            url, opened.conversation_id, opened.token, epoch=opened.epoch, patience=patience, transport=transport
        )
        await line.http.aclose()
        return chat

    async def say(self, text: str, *, client_msg_id: str | None = None) -> Accepted:
        """Say something. The same client_msg_id, by us or by you, is one message however often it is sent."""
        return await self._line.send(calls.say(self.conversation_id, text, None, client_msg_id))

    async def press(self, button_id: str, *, client_msg_id: str | None = None) -> Accepted:
        """Press a button of a line."""
        return await self._line.send(calls.say(self.conversation_id, None, button_id, client_msg_id))

    async def read(self, *, wait_s: float = 0) -> Page:
        """Read what is new, waiting for it at most 30 s; `after` and `epoch` of this object move on."""
        return self._went_on(await self._line.send(self._next(wait_s)))

    async def lines(self, *, wait_s: float = 25) -> AsyncIterator[Line]:
        """Yield every line as it comes, until the chat is closed. After a restore of the server, from the start."""
        while True:
            page = await self.read(wait_s=wait_s)
            for line in page.messages:
                yield line
            if page.owner == "closed" and not page.more:
                return

    async def request_person(self) -> dict[str, Any]:
        """Ask for a person; returns place, wait and opening hours. Asking again changes nothing."""
        return await self._line.send(calls.customer_step(self.conversation_id, "request-person"))

    async def leave_queue(self) -> dict[str, Any]:
        """Wait no longer."""
        return await self._line.send(calls.customer_step(self.conversation_id, "leave-queue"))

    async def leave_contact(self, *, email: str | None = None, phone: str | None = None, consent: bool) -> None:
        """Say how to be reached later; without consent nothing is kept."""
        body = {"consent": consent} | {k: v for k, v in (("email", email), ("phone", phone)) if v is not None}
        await self._line.send(calls.customer_step(self.conversation_id, "contact", body))

    async def rate(self, stars: int, words: str | None = None) -> None:
        """Rate the chat, 1 to 5."""
        body = {"stars": stars} | ({"words": words} if words is not None else {})
        await self._line.send(calls.customer_step(self.conversation_id, "rating", body))

    async def close(self) -> None:
        """Let go of the connection; the conversation stays."""
        await self._line.http.aclose()

    async def __aenter__(self) -> AsyncChat:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
