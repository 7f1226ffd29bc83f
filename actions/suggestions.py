"""The API's suggestions: the very same set that agents see."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

logger = logging.getLogger(__name__)

API_TIMEOUT_S = 2.0
DEFAULT_API_URL = "http://127.0.0.1:8000"
# After "that did not help", the next article is worth showing only if it is at least this likely to be right. A third
# is deliberately low: the customer has already told us that the first was wrong, and one more look costs little.
NEXT_FROM = 0.33


class SuggestionsUnavailable(Exception):
    """The API did not give suggestions in time."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One answer from the knowledge base."""

    suggestion_id: str
    article_id: str
    title: str
    url: str
    answer: str  # verbatim from the article
    confidence: float  # calibrated chance that this answers the question, in [0, 1]


@dataclass(frozen=True, slots=True)
class Part:
    """One of several questions in a message."""

    decision: str  # answer or clarify
    suggestions: tuple[Suggestion, ...]  # the one that answers, or those to choose from


@dataclass(frozen=True, slots=True)
class SuggestionSet:
    """What the search found for one message."""

    decision: str  # answer, clarify, offer_person or none
    suggestions: tuple[Suggestion, ...]  # most likely first
    parts: tuple[Part, ...] = ()  # of a message that asks several things

    def of_article(self, article_id: str | None) -> Suggestion | None:
        """Return the suggestion of one article, or None."""
        return next((found for found in self.suggestions if found.article_id == article_id), None)

    def after(self, shown: Sequence[str]) -> Suggestion | None:
        """Return the next suggestion worth showing when those in `shown` did not help; one more at most."""
        if len(shown) != 1:
            return None
        fresh = (found for found in self.suggestions if found.suggestion_id not in shown)
        return next((found for found in fresh if found.confidence >= NEXT_FROM), None)


class SuggestionsClient:
    """Asks the API, over one kept connection."""

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        self._client = client

    async def for_message(self, message_id: str, text: str, conversation_id: str) -> SuggestionSet:
        """Return the set stored for a message, or a fresh one for `text` where no such message is stored.

        Raises:
            SuggestionsUnavailable: the API is down, slow or answers nonsense.
        """
        try:
            return await self._ask({"message_id": message_id})
        except _UnknownMessage:
            return await self.for_question(text, conversation_id)  # `rasa shell` has no stored messages

    async def for_question(self, question: str, conversation_id: str) -> SuggestionSet:
        """Return a new set for a question, from the knowledge base of the conversation.

        Raises:
            SuggestionsUnavailable: the API is down, slow or answers nonsense.
        """
        try:
            return await self._ask({"question": question, "conversation_id": conversation_id})
        except _UnknownMessage:
            logger.info("the API does not know conversation %s", conversation_id)  # `rasa shell` again
        try:
            return await self._ask({"question": question})
        except _UnknownMessage as error:
            raise SuggestionsUnavailable("the API knows no such call") from error

    async def _ask(self, query: dict[str, Any]) -> SuggestionSet:
        try:
            response = await self._connection().post("/v1/suggestions", json=query)
            if response.status_code == 404:
                raise _UnknownMessage
            return _read(response.raise_for_status().json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise SuggestionsUnavailable(f"no suggestions: {error!r}") from error

    def _connection(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                base_url=os.environ.get("DESKMATE_API_URL", DEFAULT_API_URL),
                headers={"Authorization": f"Bearer {_secret()}"},
                timeout=API_TIMEOUT_S,
                trust_env=False,
            )
        return self._client


class _UnknownMessage(Exception):
    pass


def _secret() -> str:
    named = os.environ.get("DESKMATE_SECRET_FILE")
    if not named:
        raise SuggestionsUnavailable("DESKMATE_SECRET_FILE does not name the internal secret")
    try:
        return Path(named).read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise SuggestionsUnavailable(f"the internal secret cannot be read: {error}") from error


def _read(answer: Any) -> SuggestionSet:
    suggestions = _suggestions(answer)
    known = {found.suggestion_id: found for found in suggestions}
    parts = tuple(
        Part(str(part["decision"]), tuple(known[name] for name in part["suggestion_ids"]))
        for part in answer.get("parts") or ()
    )
    return SuggestionSet(decision=str(answer["decision"]), suggestions=suggestions, parts=parts)


def _suggestions(answer: Any) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(
            suggestion_id=str(found["suggestion_id"]),
            article_id=str(found["article_id"]),
            title=str(found["title"]),
            url=str(found["url"]),
            answer=str(found["answer"]),
            confidence=float(found["confidence"]),
        )
        for found in answer["suggestions"]
    )


client = SuggestionsClient()
