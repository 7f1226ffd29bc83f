"""What was tried before a person was called: the suggestions of each message, and what the customer thought of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conversations.transcript import article_url
from api.schemas.packet import Tried
from api.store.tables import Message, Suggestion, SuggestionFeedback, SuggestionSet, Turn

Reaction = Literal["helpful", "not_helpful", "rejected"]


def tried(session: Session, conversation_id: str, messages: Sequence[Message], turns: Sequence[Turn]) -> list[Tried]:
    """Return every suggestion found for a customer's message, in order, with what became of it.

    Args:
        session: to read with.
        conversation_id: which.
        messages: its whole transcript, in order.
        turns: the bot's finished turns, in order.
    """
    seqs = {message.id: message.seq for message in messages}
    shown = {message.suggestion_id for message in messages if message.sender == "bot" and message.suggestion_id}
    reactions = _reactions(session, conversation_id, messages, turns)
    rows = session.execute(
        select(SuggestionSet, Suggestion)
        .join(Suggestion, Suggestion.suggestion_set_id == SuggestionSet.id)
        .where(SuggestionSet.conversation_id == conversation_id, Suggestion.internal.is_(False))
        .order_by(Suggestion.rank)
    ).all()
    found_so_far = [
        Tried(
            seq=seqs[found.message_id],
            message_id=found.message_id,
            suggestion_id=suggestion.id,
            article_id=suggestion.article_id,
            title=suggestion.title,
            url=article_url(suggestion.article_id, found.kb),
            answer=suggestion.answer,
            similarity=suggestion.similarity,
            confidence=suggestion.confidence,
            decision=found.decision,
            shown=suggestion.id in shown,
            reaction=reactions.get(suggestion.id),
        )
        for found, suggestion in rows
        if found.message_id in seqs
    ]
    return sorted(found_so_far, key=lambda one: one.seq)  # stable, so ranks keep their order within a message


def _reactions(
    session: Session, conversation_id: str, messages: Sequence[Message], turns: Sequence[Turn]
) -> dict[str, Reaction]:
    """Return what the customer thought of each suggestion: pressed under it, or said in the message after it."""
    rejecting = {turn.message_id for turn in turns if turn.outcome == "rejected"}
    reactions: dict[str, Reaction] = {}
    last_shown: str | None = None
    for message in messages:
        if message.sender == "bot" and message.suggestion_id:
            last_shown = message.suggestion_id
        if message.id in rejecting and last_shown is not None:
            reactions[last_shown] = "rejected"
    pressed = session.execute(
        select(SuggestionFeedback.suggestion_id, SuggestionFeedback.helpful)
        .join(Suggestion, Suggestion.id == SuggestionFeedback.suggestion_id)
        .join(SuggestionSet, SuggestionSet.id == Suggestion.suggestion_set_id)
        .where(
            SuggestionSet.conversation_id == conversation_id,
            SuggestionFeedback.caller == "customer",
            SuggestionFeedback.helpful.is_not(None),
        )
    )
    for suggestion_id, helpful in pressed:
        reactions[suggestion_id] = "helpful" if helpful else "not_helpful"
    return reactions
