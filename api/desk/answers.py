"""Answers that agents take from suggestions, noted as such: what was sent is the best sign of what was right."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import not_found
from api.security.callers import Staff
from api.store.tables import Suggestion, SuggestionFeedback, SuggestionSet
from api.suggestions.sets import tell_feedback


def check_suggestion(session: Session, suggestion_id: str, conversation_id: str, staff: Staff) -> None:
    """Refuse a suggestion that was made neither for this conversation nor for a question of this agent.

    Raises:
        ApiError: 404.
    """
    found = session.scalar(
        select(SuggestionSet)
        .join(Suggestion, Suggestion.suggestion_set_id == SuggestionSet.id)
        .where(Suggestion.id == suggestion_id)
    )
    if found is None or (found.conversation_id != conversation_id and found.asked_by != staff.agent_id):
        raise not_found("This suggestion")


def note_sent(session: Session, suggestion_id: str, staff: Staff, text: str, *, now: datetime) -> None:
    """Note that an agent sent a suggestion, and in which words."""
    feedback = session.scalar(
        select(SuggestionFeedback).where(
            SuggestionFeedback.suggestion_id == suggestion_id, SuggestionFeedback.caller == staff.actor
        )
    )
    if feedback is None:
        feedback = SuggestionFeedback(suggestion_id=suggestion_id, caller=staff.actor, updated_at=now)
        session.add(feedback)
    feedback.sent, feedback.sent_text, feedback.updated_at = True, text, now
    session.flush()
    tell_feedback(session, suggestion_id, staff.actor, {"sent": True, "sent_text": text}, at=now)
