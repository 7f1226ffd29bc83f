"""The review list, labels and intents as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from api.review.candidates import Candidate, ReviewReason
from api.schemas.people import Request
from api.schemas.texts import ShortLine
from api.store.tables import Label

Verdict = Literal["right", "wrong", "not_for_us", "skip"]
Outcome = Literal["search", "article", "form", "response", "hand_off"]
IntentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class LabelView(BaseModel):
    """What somebody said a message means."""

    label_id: str
    intent: str | None
    article_id: str | None
    verdict: str | None
    agent_id: str | None
    created_at: datetime

    @classmethod
    def of(cls, label: Label) -> LabelView:
        """Show a row."""
        return cls(
            label_id=label.id,
            intent=label.intent,
            article_id=label.article_id,
            verdict=label.verdict,
            agent_id=label.agent_id,
            created_at=label.created_at,
        )


class TopArticle(BaseModel):
    """The article the knowledge base put first."""

    article_id: str
    title: str


class ReviewRow(BaseModel):
    """A message worth a look, with what the bot made of it."""

    message_id: str
    conversation_id: str
    text: str
    created_at: datetime
    reason: ReviewReason
    reasons: list[ReviewReason]
    intent: str | None
    confidence: float | None
    search_confidence: float | None
    outcome: str | None
    top_article: TopArticle | None
    answer_shown: str | None
    frustration: float | None
    model_version: str | None
    labels: list[LabelView]

    @classmethod
    def of(cls, one: Candidate) -> ReviewRow:
        """Show a candidate."""
        turn, top = one.turn, one.top
        return cls(
            message_id=one.message.id,
            conversation_id=one.message.conversation_id,
            text=one.message.text,
            created_at=one.message.created_at,
            reason=one.reasons[0],
            reasons=list(one.reasons),
            intent=turn.intent if turn else None,
            confidence=turn.confidence if turn else None,
            search_confidence=one.found.confidence if one.found else None,
            outcome=(turn.outcome if turn else None) or one.message.outcome,
            top_article=TopArticle(article_id=top.article_id, title=top.title) if top else None,
            answer_shown=one.answer_shown,
            frustration=turn.frustration if turn else None,
            model_version=turn.model_version if turn else None,
            labels=[LabelView.of(label) for label in one.labels],
        )


class ReviewList(BaseModel):
    """Messages worth a look, newest first."""

    messages: list[ReviewRow]
    next_before: str | None = None  # `before` of the next page


class NewLabel(Request):
    """What a message means: an intent, the article that answers it, or a verdict."""

    message_id: Annotated[str, Field(min_length=1, max_length=64)]
    intent: IntentName | None = None
    article_id: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    verdict: Verdict | None = None

    @model_validator(mode="after")
    def _one_meaning(self) -> NewLabel:
        if sum(meaning is not None for meaning in (self.intent, self.article_id, self.verdict)) != 1:
            raise ValueError("give one of intent, article_id and verdict")
        return self


class LabelStored(LabelView):
    """A label, and what was learnt from it."""

    message_id: str
    training_example_id: str | None
    article_version: int | None


class IntentView(BaseModel):
    """Something a customer may want, and its one outcome."""

    name: str
    outcome: Outcome
    target: str | None
    cut_off: float | None
    description: str
    examples: int


class IntentList(BaseModel):
    """Every intent, by name."""

    intents: list[IntentView]


class NewIntent(Request):
    """An intent to add; it is understood once a model is trained with examples of it."""

    name: IntentName
    outcome: Outcome
    target: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)] | None = None
    cut_off: Annotated[float, Field(ge=0, le=1)] | None = None
    description: ShortLine = ""

    @model_validator(mode="after")
    def _outcome_with_its_target(self) -> NewIntent:
        if (self.target is None) != (self.outcome in {"search", "hand_off"}):
            raise ValueError("article, form and response need a target; search and hand_off have none")
        return self
