"""Waiting for something new in a conversation, over plain HTTP."""

from __future__ import annotations

import asyncio

from api.conversations.service import Conversations
from api.conversations.wakeups import Wakeups, conversation_topic, woken
from api.schemas.chat import MessagesOut
from api.store.database import Store

RECHECK_S = 5.0  # another process may have written; the rows are the truth


async def poll(
    conversations: Conversations,
    store: Store,
    wakeups: Wakeups,
    conversation_id: str,
    *,
    after: int,
    epoch: str | None,
    wait_s: float,
) -> MessagesOut:
    """Return the page after `after` once it holds a message or the owner changed, at the latest after `wait_s`."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + wait_s
    first: MessagesOut | None = None
    with wakeups.subscribe(conversation_topic(conversation_id)) as event:
        while True:
            event.clear()
            page = await store.read(lambda s: conversations.page(s, conversation_id, after=after, epoch=epoch))
            first = first or page
            left_s = deadline_s - loop.time()
            if page.messages or page.reset or page.owner != first.owner or left_s <= 0:
                return page
            await woken(event, min(left_s, RECHECK_S))
