"""The one call that customers' bot and agents share: a question goes in, suggestions come out."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

from sqlalchemy.orm import Session

from api.clock import Clock
from api.errors import ApiError
from api.schemas.suggestions import MOST_SUGGESTIONS, SuggestionSetOut
from api.store.database import Store
from api.strings.catalogue import say
from api.suggestions.finder import Finder, SearchUnavailable
from api.suggestions.sets import Question, live_articles, question_of, store_set, stored_set

if TYPE_CHECKING:
    from kb_index.search import Finding

logger = logging.getLogger(__name__)

STORED = 5  # suggestions kept per message; callers see the first three unless they ask for more
SEARCH_S = 3.0  # a search takes milliseconds; one that hangs must not hold a customer's turn
SEARCHERS = 2
Allowed = frozenset[str]  # ids of the articles that may be shown
SPEAKERS: dict[str, Literal["customer", "agent", "bot"]] = {
    "customer": "customer", "user": "customer", "agent": "agent", "bot": "bot",
}  # fmt: skip


class Suggestions:
    """Finds and keeps suggestions.

    Args:
        store: where sets are kept.
        finder: the knowledge bases.
        clock: stamps the sets.
        characters: how much of a text the models may see.
    """

    def __init__(self, store: Store, finder: Finder, clock: Clock, *, characters: int) -> None:
        self._store = store
        self._finder = finder
        self._clock = clock
        self._characters = characters
        self._threads = ThreadPoolExecutor(SEARCHERS, thread_name_prefix="search")

    async def for_message(self, message_id: str) -> SuggestionSetOut:
        """Return the message's set; the first to ask causes the search, everyone gets the same rows.

        Raises:
            ApiError: 404, no customer's message has this id.
            SearchUnavailable: there is no set yet and none can be made now.
        """
        kept, question, allowed = await self._store.read(lambda s: self._look_up(s, message_id))
        if kept is not None:
            return kept
        if question is None:
            raise ApiError(404, "not_found", say("errors.not_a_customer_message"))
        return await self._answer(question, allowed, STORED)

    async def ask(self, question: Question, *, limit: int) -> SuggestionSetOut:
        """Search, keep what was found, and return it.

        Args:
            question: what is asked; its text and history are cut to what the models may see.
            limit: most suggestions in each list, 1 to 10.

        Raises:
            SearchUnavailable: the knowledge base cannot be searched now.
        """
        allowed = await self._store.read(lambda s: live_articles(s, question.kb))
        return await self._answer(question, allowed, min(limit, MOST_SUGGESTIONS))

    def close(self) -> None:
        """End the search threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _look_up(self, session: Session, message_id: str) -> tuple[SuggestionSetOut | None, Question | None, Allowed]:
        """Read all that a message's suggestions need at once: somebody waits for them."""
        kept = stored_set(session, message_id)
        question = None if kept else question_of(session, message_id, characters=self._characters)
        return kept, question, live_articles(session, question.kb) if question else frozenset()

    async def _answer(self, question: Question, allowed: Allowed, limit: int) -> SuggestionSetOut:
        finding = await self._find(question, allowed, limit)
        return await self._store.write(lambda s: store_set(s, question, finding, at=self._clock.now()))

    async def _find(self, question: Question, allowed: Allowed, limit: int) -> Finding:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(SEARCH_S):
                return await loop.run_in_executor(self._threads, self._search, question, limit, allowed)
        except TimeoutError:
            raise SearchUnavailable(f"no answer from knowledge base {question.kb!r} in {SEARCH_S} s") from None

    def _search(self, question: Question, limit: int, allowed: Allowed) -> Finding:
        from kb_index.search import Utterance  # heavy: FAISS and spaCy come with it

        history = [
            Utterance(SPEAKERS[line.speaker], line.text[: self._characters])
            for line in question.history
            if line.speaker in SPEAKERS
        ]
        text = question.text[: self._characters]
        return self._finder.find(text, kb=question.kb, history=history, limit=limit, allowed=allowed)
