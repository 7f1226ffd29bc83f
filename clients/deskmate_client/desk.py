"""An agent's and an administrator's side, for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Literal

import httpx

from deskmate_client import calls
from deskmate_client.errors import HistoryChanged
from deskmate_client.lines import Async, Sync
from deskmate_client.model import Accepted, Event, Events, Held, Owner, Page, QueueEntry, SuggestionSet, Webhook
from deskmate_client.retries import Patience


class Desk:
    """The desk, for a program with an agent's or an administrator's API token.

    Args:
        url: the server's address.
        token: from `deskmate token create --role agent` or `--role admin`.
        patience: how often calls are made again.
        transport: of httpx, for proxies and tests.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._line = Sync(url, token, patience or Patience(), transport)

    def queue(self) -> tuple[QueueEntry, ...]:
        """List who waits, most urgent first."""
        return self._line.send(calls.queue())

    def conversations(
        self,
        *,
        owner: Owner | None = None,
        mine: bool = False,
        words: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        """List conversations, latest first; `next_before` of the answer is the next page's `before`."""
        query = {"owner": owner, "mine": mine or None, "q": words, "before": before, "limit": limit}
        return self._line.send(calls.conversations(**query))

    def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Show a conversation's header; for administrators with the bot's turns."""
        return self._line.send(calls.conversation(conversation_id))

    def messages(self, conversation_id: str, *, after: int = 0, epoch: str | None = None, wait_s: float = 0) -> Page:
        """Read what was said after a seq, waiting at most 30 s for something new."""
        return self._line.send(calls.messages(conversation_id, after=after, epoch=epoch, wait_s=wait_s))

    def hand_off(self, conversation_id: str) -> dict[str, Any]:
        """Fetch everything a person needs to take over (`docs/hand-off.schema.json`)."""
        return self._line.send(calls.hand_off(conversation_id))

    def take(self, conversation_id: str, *, anyway: bool = False) -> Held:
        """Take a conversation over; `Refused` 409 says who has it."""
        return self._line.send(calls.take(conversation_id, anyway=anyway))

    def release(self, conversation_id: str, *, to: Literal["bot", "queue"]) -> Held:
        """Give a conversation back."""
        return self._line.send(calls.release(conversation_id, to))

    def end(self, conversation_id: str) -> Held:
        """Close a conversation; the customer may open it again by writing."""
        return self._line.send(calls.close(conversation_id))

    def say(
        self, conversation_id: str, text: str, *, suggestion_id: str | None = None, client_msg_id: str | None = None
    ) -> Accepted:
        """Say something in a conversation one holds; name the suggestion it came from."""
        return self._line.send(calls.agent_message(conversation_id, text, suggestion_id, client_msg_id))

    def note(self, conversation_id: str, text: str) -> dict[str, Any]:
        """Write a private note."""
        return self._line.send(calls.note(conversation_id, text))

    def tag(self, conversation_id: str, *names: str) -> dict[str, Any]:
        """Give a conversation these tags and no others."""
        return self._line.send(calls.tags(conversation_id, names))

    def suggestions_for(self, message_id: str, *, limit: int = 3) -> SuggestionSet:
        """Fetch the suggestions for a customer's message: the very ones the bot has."""
        return self._line.send(calls.suggest({"message_id": message_id, "limit": limit}))

    def suggest(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] | None = None,
        conversation_id: str | None = None,
        kb: str | None = None,
        limit: int = 3,
    ) -> SuggestionSet:
        """Search the knowledge base; history is (speaker, text), speaker "customer", "agent" or "bot"."""
        lines = None if history is None else [{"speaker": who, "text": text} for who, text in history]
        fields = {"history": lines, "conversation_id": conversation_id, "kb": kb}
        given = {name: value for name, value in fields.items() if value is not None}
        return self._line.send(calls.suggest({"question": question, "limit": limit, **given}))

    def feedback(self, suggestion_id: str, **said: Any) -> dict[str, Any]:
        """Say what was done with a suggestion: displayed, clicked, copied, sent, dismissed, helpful, correct ..."""
        return self._line.send(calls.feedback(suggestion_id, said))

    def read_events(self, *, after: int | None = None, epoch: str | None = None, wait_s: float = 0) -> Events:
        """Read some events; without `after`, only where the log ends."""
        return self._line.send(calls.events(after=after, epoch=epoch, wait_s=wait_s))

    def events(self, *, after: int | None = None, epoch: str | None = None, wait_s: float = 25) -> Iterator[Event]:
        """Yield what happens, as it happens, in order, without end; from now on unless `after` says from where.

        Raises:
            HistoryChanged: the server tells another history than `epoch`.
        """
        while True:
            page = self.read_events(after=after, epoch=epoch, wait_s=wait_s)
            if page.reset:
                raise HistoryChanged(page.epoch, page.after)
            yield from page.events
            after, epoch = page.after, page.epoch

    def webhooks(self) -> tuple[Webhook, ...]:
        """List who is told what happens (administrators, as all below)."""
        return self._line.send(calls.webhooks())

    def add_webhook(self, url: str, *, kinds: Sequence[str] = (), after: int | None = None) -> Webhook:
        """Send events to an address; keep the secret, it is in this answer only."""
        return self._line.send(calls.add_webhook(url, kinds, after))

    def change_webhook(self, webhook_id: str, **changes: Any) -> Webhook:
        """Change `url` or `kinds`, or `paused`."""
        return self._line.send(calls.change_webhook(webhook_id, changes))

    def replace_secret(self, webhook_id: str) -> Webhook:
        """Make a new secret; for a day the earlier one signs as well."""
        return self._line.send(calls.replace_secret(webhook_id))

    def replay(self, webhook_id: str, *, after: int) -> Webhook:
        """Send everything after an event again."""
        return self._line.send(calls.replay(webhook_id, after))

    def end_webhook(self, webhook_id: str) -> None:
        """Send nothing there any more."""
        self._line.send(calls.end_webhook(webhook_id))

    def articles(self, **query: Any) -> dict[str, Any]:
        """List articles."""
        return self._line.send(calls.articles(query))

    def put_article(self, article_id: str, *, title: str, body: str, **more: Any) -> dict[str, Any]:
        """Write an article."""
        return self._line.send(calls.put_article(article_id, {"title": title, "body": body, **more}))

    def close(self) -> None:
        """Let go of the connection."""
        self._line.http.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncDesk:
    """The desk, for a program, with `await`; arguments as for `Desk`."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._line = Async(url, token, patience or Patience(), transport)

    async def queue(self) -> tuple[QueueEntry, ...]:
        """List who waits, most urgent first."""
        return await self._line.send(calls.queue())

    async def conversations(
        self,
        *,
        owner: Owner | None = None,
        mine: bool = False,
        words: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        """List conversations, latest first; `next_before` of the answer is the next page's `before`."""
        query = {"owner": owner, "mine": mine or None, "q": words, "before": before, "limit": limit}
        return await self._line.send(calls.conversations(**query))

    async def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Show a conversation's header; for administrators with the bot's turns."""
        return await self._line.send(calls.conversation(conversation_id))

    async def messages(
        self, conversation_id: str, *, after: int = 0, epoch: str | None = None, wait_s: float = 0
    ) -> Page:
        """Read what was said after a seq, waiting at most 30 s for something new."""
        return await self._line.send(calls.messages(conversation_id, after=after, epoch=epoch, wait_s=wait_s))

    async def hand_off(self, conversation_id: str) -> dict[str, Any]:
        """Fetch everything a person needs to take over (`docs/hand-off.schema.json`)."""
        return await self._line.send(calls.hand_off(conversation_id))

    async def take(self, conversation_id: str, *, anyway: bool = False) -> Held:
        """Take a conversation over; `Refused` 409 says who has it."""
        return await self._line.send(calls.take(conversation_id, anyway=anyway))

    async def release(self, conversation_id: str, *, to: Literal["bot", "queue"]) -> Held:
        """Give a conversation back."""
        return await self._line.send(calls.release(conversation_id, to))

    async def end(self, conversation_id: str) -> Held:
        """Close a conversation; the customer may open it again by writing."""
        return await self._line.send(calls.close(conversation_id))

    async def say(
        self, conversation_id: str, text: str, *, suggestion_id: str | None = None, client_msg_id: str | None = None
    ) -> Accepted:
        """Say something in a conversation one holds; name the suggestion it came from."""
        return await self._line.send(calls.agent_message(conversation_id, text, suggestion_id, client_msg_id))

    async def note(self, conversation_id: str, text: str) -> dict[str, Any]:
        """Write a private note."""
        return await self._line.send(calls.note(conversation_id, text))

    async def tag(self, conversation_id: str, *names: str) -> dict[str, Any]:
        """Give a conversation these tags and no others."""
        return await self._line.send(calls.tags(conversation_id, names))

    async def suggestions_for(self, message_id: str, *, limit: int = 3) -> SuggestionSet:
        """Fetch the suggestions for a customer's message: the very ones the bot has."""
        return await self._line.send(calls.suggest({"message_id": message_id, "limit": limit}))

    async def suggest(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] | None = None,
        conversation_id: str | None = None,
        kb: str | None = None,
        limit: int = 3,
    ) -> SuggestionSet:
        """Search the knowledge base; history is (speaker, text), speaker "customer", "agent" or "bot"."""
        lines = None if history is None else [{"speaker": who, "text": text} for who, text in history]
        fields = {"history": lines, "conversation_id": conversation_id, "kb": kb}
        given = {name: value for name, value in fields.items() if value is not None}
        return await self._line.send(calls.suggest({"question": question, "limit": limit, **given}))

    async def feedback(self, suggestion_id: str, **said: Any) -> dict[str, Any]:
        """Say what was done with a suggestion: displayed, clicked, copied, sent, dismissed, helpful, correct ..."""
        return await self._line.send(calls.feedback(suggestion_id, said))

    async def read_events(self, *, after: int | None = None, epoch: str | None = None, wait_s: float = 0) -> Events:
        """Read some events; without `after`, only where the log ends."""
        return await self._line.send(calls.events(after=after, epoch=epoch, wait_s=wait_s))

    async def events(
        self, *, after: int | None = None, epoch: str | None = None, wait_s: float = 25
    ) -> AsyncIterator[Event]:
        """Yield what happens, as it happens, in order, without end; from now on unless `after` says from where.

        Raises:
            HistoryChanged: the server tells another history than `epoch`.
        """
        while True:
            page = await self.read_events(after=after, epoch=epoch, wait_s=wait_s)
            if page.reset:
                raise HistoryChanged(page.epoch, page.after)
            for event in page.events:
                yield event
            after, epoch = page.after, page.epoch

    async def webhooks(self) -> tuple[Webhook, ...]:
        """List who is told what happens (administrators, as all below)."""
        return await self._line.send(calls.webhooks())

    async def add_webhook(self, url: str, *, kinds: Sequence[str] = (), after: int | None = None) -> Webhook:
        """Send events to an address; keep the secret, it is in this answer only."""
        return await self._line.send(calls.add_webhook(url, kinds, after))

    async def change_webhook(self, webhook_id: str, **changes: Any) -> Webhook:
        """Change `url` or `kinds`, or `paused`."""
        return await self._line.send(calls.change_webhook(webhook_id, changes))

    async def replace_secret(self, webhook_id: str) -> Webhook:
        """Make a new secret; for a day the earlier one signs as well."""
        return await self._line.send(calls.replace_secret(webhook_id))

    async def replay(self, webhook_id: str, *, after: int) -> Webhook:
        """Send everything after an event again."""
        return await self._line.send(calls.replay(webhook_id, after))

    async def end_webhook(self, webhook_id: str) -> None:
        """Send nothing there any more."""
        await self._line.send(calls.end_webhook(webhook_id))

    async def articles(self, **query: Any) -> dict[str, Any]:
        """List articles."""
        return await self._line.send(calls.articles(query))

    async def put_article(self, article_id: str, *, title: str, body: str, **more: Any) -> dict[str, Any]:
        """Write an article."""
        return await self._line.send(calls.put_article(article_id, {"title": title, "body": body, **more}))

    async def close(self) -> None:
        """Let go of the connection."""
        await self._line.http.aclose()

    async def __aenter__(self) -> AsyncDesk:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
