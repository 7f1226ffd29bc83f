"""The review list, labels and intents as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from api.privacy.masking import masked, masked_numbers
from api.review.candidates import Candidate, ReviewReason
from api.review.labels import Meaning
from api.schemas.people import Request
from api.schemas.texts import ShortLine
from api.store.tables import IntentVersion, Label

Verdict = Literal["right", "wrong", "missing", "not_for_us", "not_a_message", "skip"]
Outcome = Literal["search", "article", "form", "response", "hand_off"]
MOST_AT_ONCE = 500  # messages of one cluster
IntentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class LabelView(BaseModel):
    """What somebody said a message means."""

    label_id: str
    intent: str | None
    article_id: str | None
    verdict: str | None
    agent_id: str | None
    by: str | None = None  # name of who said it
    created_at: datetime

    @classmethod
    def of(cls, label: Label, labellers: Mapping[str, str] | None = None) -> LabelView:
        """Show a row; `labellers` are names by agent id."""
        return cls(
            label_id=label.id,
            intent=label.intent,
            article_id=label.article_id,
            verdict=label.verdict,
            agent_id=label.agent_id,
            by=(labellers or {}).get(label.agent_id or ""),
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
            text=masked(one.message.text, one.names),
            created_at=one.message.created_at,
            reason=one.reasons[0],
            reasons=list(one.reasons),
            intent=turn.intent if turn else None,
            confidence=turn.confidence if turn else None,
            search_confidence=one.found.confidence if one.found else None,
            outcome=(turn.outcome if turn else None) or one.message.outcome,
            top_article=TopArticle(article_id=top.article_id, title=top.title) if top else None,
            answer_shown=masked_numbers(one.answer_shown) if one.answer_shown else None,  # the bot's words
            frustration=turn.frustration if turn else None,
            model_version=turn.model_version if turn else None,
            labels=[LabelView.of(label, one.labellers) for label in one.labels],
        )


class ReviewList(BaseModel):
    """Messages worth a look, newest first."""

    messages: list[ReviewRow]
    next_before: str | None = None  # `before` of the next page


class NewIntent(Request):
    """An intent to add; it is understood once a model is trained with examples of it."""

    name: IntentName
    outcome: Outcome
    target: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,119}$")] | None = None
    cut_off: Annotated[float, Field(ge=0, le=1)] | None = None
    description: ShortLine = ""

    @model_validator(mode="after")
    def _outcome_with_its_target(self) -> NewIntent:
        if (self.target is None) != (self.outcome in {"search", "hand_off"}):
            raise ValueError("article, form and response need a target; search and hand_off have none")
        return self


class LikelyLabel(BaseModel):
    """A label the nearest known sentences speak for."""

    kind: Literal["intent", "article"]
    name: str
    title: str  # of the article; the intent's own name otherwise
    similarity: float
    example: str


class ReviewCluster(BaseModel):
    """Messages that mean about the same, the most typical first."""

    says: str
    impact: float
    conversations: int
    frustration: float  # the highest in it
    reasons: dict[ReviewReason, int]
    likely: list[LikelyLabel]
    messages: list[ReviewRow]


class ReviewClusters(BaseModel):
    """What went wrong, by how much it matters."""

    clusters: list[ReviewCluster]
    messages: int  # in all of them
    truncated: bool  # whether older messages were left out


class AnyMeaning(Request):
    """What messages mean: an intent, a new one with its outcome, the article that answers, or a verdict."""

    intent: IntentName | None = None
    new_intent: NewIntent | None = None
    article_id: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    verdict: Verdict | None = None

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        meanings = (self.intent, self.new_intent, self.article_id, self.verdict)
        if sum(meaning is not None for meaning in meanings) != 1:
            raise ValueError("give one of intent, new_intent, article_id and verdict")
        return self

    @property
    def meaning(self) -> Meaning:
        """What it says, the new intent as any other."""
        return Meaning(self.new_intent.name if self.new_intent else self.intent, self.article_id, self.verdict)


class NewLabel(AnyMeaning):
    """What a message means."""

    message_id: Annotated[str, Field(min_length=1, max_length=64)]
    replaces: Annotated[str, Field(max_length=64)] | None = None  # the label its reader saw, null for none

    @property
    def is_guarded(self) -> bool:
        """Whether the caller said which label it saw, and wants to overwrite no other."""
        return "replaces" in self.model_fields_set


class ManyLabels(AnyMeaning):
    """What many messages mean; those that somebody labelled already are left alone."""

    message_ids: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if len(self.message_ids) > MOST_AT_ONCE:
            raise ValueError(f"at most {MOST_AT_ONCE} messages at once")
        return self


class ManyLabelled(BaseModel):
    """Labels given at one stroke."""

    batch: str
    labelled: list[str]  # message ids
    left_alone: list[str]  # message ids that somebody had labelled meanwhile
    draft_id: str | None = None


class LabelUndone(BaseModel):
    """A label was taken back."""

    message_ids: list[str]
    standing: LabelView | None = None  # the label before it, which counts again


class LabelStored(LabelView):
    """A label, and what was learnt from it."""

    message_id: str
    training_example_id: str | None
    article_version: int | None
    labelled_question_id: str | None = None  # of a confirmed pair, which search learns once that helps
    draft_id: str | None = None  # of the article drafted from what an agent answered


class IntentView(BaseModel):
    """Something a customer may want, and its one outcome."""

    name: str
    outcome: Outcome
    target: str | None
    cut_off: float | None
    description: str
    examples: int


class IntentVersionView(BaseModel):
    """An intent as it was from one moment on."""

    version: int
    outcome: Outcome
    target: str | None
    cut_off: float | None
    description: str
    deleted: bool
    at: datetime
    by: str | None = Field(description="a person's name; null for how it was set up")

    @classmethod
    def of(cls, row: IntentVersion, names: Mapping[str, str]) -> Self:
        """Show a row."""
        return cls.model_validate(
            {
                "version": row.version,
                "outcome": row.outcome,
                "target": row.target,
                "cut_off": row.cut_off,
                "description": row.description,
                "deleted": row.deleted,
                "at": row.created_at,
                "by": names.get(row.created_by or "", row.created_by),
            }
        )


class IntentVersions(BaseModel):
    """What an intent was, newest first."""

    name: str
    versions: list[IntentVersionView]


class IntentList(BaseModel):
    """Every intent, by name."""

    intents: list[IntentView]


class ExampleCorrection(Request):
    """What a doubted training example shows instead."""

    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    intent: Annotated[str, Field(min_length=1, max_length=120)]
    to: IntentName | None = None  # None: nothing; it is taken out


class ExamplesCorrected(BaseModel):
    """How many examples were corrected."""

    corrected: int
