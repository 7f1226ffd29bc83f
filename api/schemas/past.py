"""One message then and now, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from api.hand_off.rules import Decision
from api.insight.past import Met, decided_then
from api.privacy.masking import masked
from api.schemas.questions import RelearntView
from api.schemas.suggestions import SuggestionSetOut
from api.suggestions.finder import AsOf


class Found(BaseModel):
    """One suggestion."""

    article_id: str
    title: str
    answer: str
    similarity: float
    confidence: float


class Searched(BaseModel):
    """What a version of the knowledge base answers."""

    kb_version: str
    model_version: str
    decision: str
    confidence: float
    answer_cut_off: float | None  # None: not known any more
    clarify_cut_off: float | None
    budget: float | None
    suggestions: list[Found]

    @classmethod
    def of_stored(cls, stored: SuggestionSetOut, lines: AsOf | None) -> Searched:
        """Show what was stored; the cut-offs are those of its index, while that is kept."""
        return cls(
            kb_version=stored.kb_version,
            model_version=stored.model_version,
            decision=stored.decision,
            confidence=stored.confidence,
            answer_cut_off=lines.answer_cut_off if lines else None,
            clarify_cut_off=lines.clarify_cut_off if lines else None,
            budget=lines.budget if lines else None,
            suggestions=[Found.model_validate(one.model_dump()) for one in stored.suggestions],
        )

    @classmethod
    def of(cls, asked: AsOf) -> Searched:
        """Show what an index says."""
        found = asked.finding
        return cls(
            kb_version=found.kb_version,
            model_version=found.model_version,
            decision=found.decision,
            confidence=found.confidence,
            answer_cut_off=asked.answer_cut_off,
            clarify_cut_off=asked.clarify_cut_off,
            budget=asked.budget,
            suggestions=[
                Found(
                    article_id=one.article_id,
                    title=one.title,
                    answer=one.answer,
                    similarity=float(one.similarity),
                    confidence=float(one.confidence),
                )
                for one in found.suggestions
            ],
        )


class Understood(BaseModel):
    """What a model took the message for."""

    model_version: str | None
    intent: str | None
    confidence: float | None
    search_confidence: float | None
    outcome: str | None  # then: what it came to; now: what it would be taken for
    cut_off: float | None  # of the intent; then as it was on that day
    frustration: float | None


class Decided(BaseModel):
    """Whether a person was to be offered or called, and why."""

    decision: str
    reason_codes: list[str]
    evidence: list[dict[str, Any]]
    counterfactual: str | None
    rules_version: str

    @classmethod
    def of(cls, decision: Decision | None) -> Decided | None:
        """Show a decision."""
        if decision is None:
            return None
        return cls(
            decision=decision.decision,
            reason_codes=list(decision.reason_codes),
            evidence=[
                {"reason": one.reason, "value": one.value, "threshold": one.threshold} for one in decision.evidence
            ],
            counterfactual=decision.counterfactual,
            rules_version=decision.rules_version,
        )


class Side(BaseModel):
    """The message as it was or would be met."""

    search: Searched | None
    understood: Understood | None
    hand_off: Decided | None


class ThenAndNow(BaseModel):
    """One message, as it was met then and as it would be met now."""

    message_id: str
    conversation_id: str
    text: str  # personal data masked
    at: datetime
    outcome: str | None
    said: list[str]  # by the bot
    not_said: list[str]
    then: Side
    again: Searched | None  # the index of that day, asked once more
    same: bool | None  # whether it says what it said; None when it cannot be asked
    now: Side
    relearnt: list[RelearntView]  # by which wordings search came to find the articles of both since, or ceased to
    notes: list[str]  # what could not be asked, and why


def then_of(found: Met, stored: SuggestionSetOut | None, lines: AsOf | None) -> Side:
    """Return what was stored with a message."""
    turn = found.turn
    understood = (
        None
        if turn is None
        else Understood(
            model_version=turn.model_version,
            intent=turn.intent,
            confidence=turn.confidence,
            search_confidence=turn.search_confidence,
            outcome=turn.outcome,
            cut_off=found.cut_off,
            frustration=turn.frustration,
        )
    )
    return Side(
        search=Searched.of_stored(stored, lines) if stored else None,
        understood=understood,
        hand_off=Decided.of(decided_then(turn)),
    )


def shown(found: Met, text: str) -> str:
    """Return a text of the conversation without personal data."""
    return masked(text, [found.conversation.customer_name])
