"""Suggestions on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.chat import Id, In
from api.schemas.texts import CleanText

MOST_SUGGESTIONS = 10
SHOWN = 3  # suggestions in a set when the caller does not say how many


class UtteranceIn(In):
    """An earlier line of a conversation."""

    speaker: Literal["customer", "agent", "bot", "user", "system"]
    text: Annotated[CleanText, Field(max_length=8_000)]


class SuggestionQuery(In):
    """`POST /v1/suggestions`: for a stored message, or for a question of one's own."""

    message_id: Id | None = None
    question: Annotated[CleanText, Field(min_length=1, max_length=8_000)] | None = None
    history: Annotated[list[UtteranceIn], Field(max_length=100)] | None = None
    conversation_id: Id | None = None
    kb: Annotated[CleanText, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_SUGGESTIONS)] = SHOWN

    @model_validator(mode="after")
    def _one_of_them(self) -> SuggestionQuery:
        if (self.message_id is None) == (self.question is None):
            raise ValueError("give either message_id or question")
        return self


class SuggestionOut(BaseModel):
    """One answer from the knowledge base."""

    suggestion_id: str
    article_id: str
    title: str
    url: str
    answer: str
    passage: str
    similarity: float
    confidence: float


class PartOut(BaseModel):
    """One of several questions in a message: what is done about it, and with which suggestions."""

    question: str
    decision: Literal["answer", "clarify"]
    suggestion_ids: list[str]


class SuggestionSetOut(BaseModel):
    """What the knowledge base says to one question; `internal` is for agents' eyes."""

    suggestion_set_id: str
    kb_version: str
    model_version: str
    decision: Literal["answer", "clarify", "offer_person", "none"]
    confidence: float
    suggestions: list[SuggestionOut]
    internal: list[SuggestionOut] | None = None
    parts: list[PartOut] | None = None
    withheld: bool | None = None  # this chat is one of those that go without, to measure what suggestions are worth

    def held_back(self) -> SuggestionSetOut:
        """Return the set as an agent sees it in a chat that goes without suggestions."""
        return self.model_copy(update={"suggestions": [], "internal": [], "parts": None, "withheld": True})

    def cut(self, limit: int, *, with_internal: bool) -> SuggestionSetOut:
        """Return the first `limit` of each list; without the internal one for whoever may not see it."""
        internal = self.internal[:limit] if with_internal and self.internal is not None else None
        shown = self.suggestions[:limit]
        known = {suggestion.suggestion_id for suggestion in shown}
        is_whole = self.parts is not None and all(known.issuperset(part.suggestion_ids) for part in self.parts)
        parts = self.parts if is_whole else None
        return self.model_copy(update={"suggestions": shown, "internal": internal, "parts": parts})


class FeedbackIn(In):
    """What somebody did with a suggestion; fields not given stay as they were."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    displayed: bool | None = None
    clicked: bool | None = None
    copied: bool | None = None
    sent: bool | None = None
    sent_text: Annotated[CleanText, Field(max_length=8_000)] | None = None
    dismissed: bool | None = None
    dismissed_why: Literal["wrong", "known", "outdated", "unclear"] | None = None
    helpful: bool | None = None
    correct: Literal["fully", "partly", "wrong"] | None = None
