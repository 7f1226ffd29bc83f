"""Which customers' messages are worth an administrator's look: not understood well, rejected, reworded, handed off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from api.desk.pages import PageEnd
from api.store.tables import (
    Agent,
    Conversation,
    HandOff,
    Label,
    Message,
    Suggestion,
    SuggestionFeedback,
    SuggestionSet,
    Turn,
)

ReviewReason = Literal["rejected", "hand_off", "clarify_failed", "edited", "disagreement", "low_confidence"]
REASONS: tuple[ReviewReason, ...] = (
    "rejected",
    "hand_off",
    "clarify_failed",
    "edited",
    "disagreement",
    "low_confidence",
)  # a message's first one is shown as its own

# Below an even chance of being right, a person's look is worth more than the bot's guess.
LOW_CONFIDENCE = 0.5
NEARLY_AS_SURE = 0.2  # both confidences are calibrated chances; closer than this, either may be right
IN_VAIN = ("fallback", "clarify", "rejected", "hand_off", "none")  # what a turn ends in that was no answer
LONG_REPLY = 60  # characters from which an agent's line is an answer rather than a greeting


@dataclass(frozen=True, slots=True)
class Candidate:
    """One message worth a look, with everything that explains why."""

    message: Message
    reasons: tuple[ReviewReason, ...]
    turn: Turn | None
    found: SuggestionSet | None
    top: Suggestion | None  # the first public suggestion
    answer_shown: str | None  # what the bot said to it
    labels: tuple[Label, ...]  # newest first
    names: tuple[str, ...]  # the customer's, to be masked
    labellers: Mapping[str, str]  # name by agent id


def candidates(
    session: Session,
    *,
    reason: ReviewReason | None = None,
    labelled: bool | None = False,
    before: PageEnd | None = None,
    limit: int = 50,
) -> list[Candidate]:
    """Return messages worth a look, newest first.

    Args:
        session: to read with.
        reason: only messages with this reason.
        labelled: True for those with a label, False for those without, None for both.
        before: where the page before this one ended.
        limit: most messages to return.
    """
    reasons = {name: _ids_with(name) for name in REASONS if reason in (None, name)}
    query = select(Message).where(Message.sender == "customer", or_(*(Message.id.in_(ids) for ids in reasons.values())))
    has_label = Message.id.in_(select(Label.message_id).where(Label.undone_at.is_(None)))
    if labelled is not None:
        query = query.where(has_label if labelled else ~has_label)
    if before is not None:
        query = query.where(before.rest(Message.created_at, Message.id))
    messages = session.scalars(query.order_by(Message.created_at.desc(), Message.id).limit(limit)).all()
    return _explain(session, messages)


def _ids_with(reason: ReviewReason):  # type: ignore[no-untyped-def]  # SQLAlchemy's union types cannot be spelt
    if reason == "hand_off":
        return select(HandOff.message_id).where(HandOff.message_id.is_not(None))
    if reason == "low_confidence":
        return select(Turn.message_id).where(Turn.state == "done", Turn.mode == "reply", _unsure())
    if reason == "disagreement":  # an intent won although the search was nearly as sure of an article
        return select(Turn.message_id).where(
            Turn.state == "done",
            Turn.mode == "reply",
            Turn.outcome.in_(("form", "response")),
            Turn.search_confidence >= LOW_CONFIDENCE,
            Turn.confidence - Turn.search_confidence < NEARLY_AS_SURE,
        )
    if reason == "clarify_failed":
        return _clarified_in_vain()
    if reason == "edited":  # an agent sent the suggestion in other words, or said something else
        return (
            select(SuggestionSet.message_id)
            .join(Suggestion, Suggestion.suggestion_set_id == SuggestionSet.id)
            .join(SuggestionFeedback, SuggestionFeedback.suggestion_id == Suggestion.id)
            .where(SuggestionFeedback.sent.is_(True), SuggestionFeedback.sent_text.is_not(None))
            .where(SuggestionFeedback.sent_text != Suggestion.answer, SuggestionSet.message_id.is_not(None))
        ).union(_answered_otherwise())
    rejecting, earlier, turn = aliased(Message), aliased(Message), aliased(Turn)
    # The message to look at is not "no, that did not help" but the one whose answer did not.
    last_before = (
        select(func.max(earlier.seq))
        .where(earlier.conversation_id == rejecting.conversation_id, earlier.seq < rejecting.seq)
        .where(earlier.sender == "customer")
        .scalar_subquery()
    )
    asked = aliased(Message)
    said = (
        select(asked.id)
        .join(rejecting, and_(rejecting.conversation_id == asked.conversation_id, asked.seq == last_before))
        .join(turn, turn.message_id == rejecting.id)
        .where(turn.outcome == "rejected")
    )
    pressed = (
        select(SuggestionSet.message_id)
        .join(Suggestion, Suggestion.suggestion_set_id == SuggestionSet.id)
        .join(SuggestionFeedback, SuggestionFeedback.suggestion_id == Suggestion.id)
        .where(or_(SuggestionFeedback.helpful.is_(False), SuggestionFeedback.correct == "wrong"))
        .where(SuggestionSet.message_id.is_not(None))
    )
    return said.union(pressed)


def _clarified_in_vain() -> Select[str]:
    """Messages that were asked back about, and whose customer's next message was not understood either."""
    asked, following, turn, next_turn = aliased(Message), aliased(Message), aliased(Turn), aliased(Turn)
    return (
        select(asked.id)
        .join(turn, turn.message_id == asked.id)
        .join(following, and_(following.conversation_id == asked.conversation_id, following.seq == _next_of(asked)))
        .join(next_turn, next_turn.message_id == following.id)
        .where(turn.state == "done", turn.outcome == "clarify")
        .where(next_turn.state == "done", next_turn.outcome.in_(IN_VAIN))
    )


def _answered_otherwise() -> Select[str]:
    """Messages for which there was an answer, and which an agent answered at length without using any suggestion."""
    asked, reply = aliased(Message), aliased(Message)
    used = (
        select(Suggestion.suggestion_set_id)
        .join(SuggestionFeedback, SuggestionFeedback.suggestion_id == Suggestion.id)
        .where(SuggestionFeedback.sent.is_(True))
    )
    return (
        select(asked.id)
        .join(SuggestionSet, SuggestionSet.message_id == asked.id)
        .join(reply, and_(reply.conversation_id == asked.conversation_id, reply.seq == _next_of(asked, "agent")))
        .where(SuggestionSet.decision == "answer", SuggestionSet.id.not_in(used))
        .where(reply.sender == "agent", func.length(reply.text) >= LONG_REPLY)
    )


def _next_of(asked: type[Message], *others: str) -> ScalarSelect[int]:
    """The number of the next line of the customer, or of one of `others`, after a message."""
    later = aliased(Message)
    return (
        select(func.min(later.seq))
        .where(later.conversation_id == asked.conversation_id, later.seq > asked.seq)
        .where(later.sender.in_(("customer", *others)))
        .scalar_subquery()
    )


def _unsure() -> ColumnElement[bool]:
    best = func.coalesce(Turn.search_confidence, Turn.confidence)
    return or_(
        Turn.outcome.in_(("fallback", "clarify")),
        Turn.error.is_not(None),
        and_(Turn.outcome == "answer", best < LOW_CONFIDENCE),
        and_(Turn.outcome != "answer", Turn.confidence < LOW_CONFIDENCE),
    )


def _explain(session: Session, messages: Sequence[Message]) -> list[Candidate]:
    ids = [message.id for message in messages]
    with_reason = {
        name: set(session.scalars(select(Message.id).where(Message.id.in_(ids), Message.id.in_(_ids_with(name)))))
        for name in REASONS
    }
    turns = {
        turn.message_id: turn
        for turn in session.scalars(
            select(Turn).where(Turn.message_id.in_(ids), Turn.state == "done").order_by(Turn.number)
        )
    }
    sets = {
        found.message_id: found
        for found in session.scalars(select(SuggestionSet).where(SuggestionSet.message_id.in_(ids)))
    }
    tops = _tops(session, [found.id for found in sets.values()])
    answers = _answers(session, [turn.id for turn in turns.values()])
    labels: dict[str, list[Label]] = {}
    for label in session.scalars(
        select(Label)
        .where(Label.message_id.in_(ids), Label.undone_at.is_(None))
        .order_by(Label.created_at.desc(), Label.id)
    ):
        labels.setdefault(label.message_id, []).append(label)
    conversations = {
        row.id: row
        for row in session.scalars(
            select(Conversation).where(Conversation.id.in_({message.conversation_id for message in messages}))
        )
    }
    people = {label.agent_id for found_labels in labels.values() for label in found_labels if label.agent_id}
    labellers = {row.id: row.name for row in session.scalars(select(Agent).where(Agent.id.in_(people)))}
    explained = []
    for message in messages:
        turn, found = turns.get(message.id), sets.get(message.id)
        explained.append(
            Candidate(
                message=message,
                reasons=tuple(name for name in REASONS if message.id in with_reason[name]),
                turn=turn,
                found=found,
                top=tops.get(found.id) if found else None,
                answer_shown=answers.get(turn.id) if turn else None,
                labels=tuple(labels.get(message.id, ())),
                names=tuple(name for name in [conversations[message.conversation_id].customer_name] if name),
                labellers=labellers,
            )
        )
    return explained


def _tops(session: Session, set_ids: Sequence[str]) -> dict[str, Suggestion]:
    query = (
        select(Suggestion)
        .where(Suggestion.suggestion_set_id.in_(set_ids), Suggestion.internal.is_(False))
        .order_by(Suggestion.rank.desc())
    )
    return {suggestion.suggestion_set_id: suggestion for suggestion in session.scalars(query)}  # the best comes last


def _answers(session: Session, turn_ids: Sequence[str]) -> dict[str, str]:
    answers: dict[str, str] = {}
    query = select(Message).where(Message.turn_id.in_(turn_ids), Message.sender == "bot").order_by(Message.seq.desc())
    for line in session.scalars(query):
        answers[line.turn_id or ""] = line.text  # the first line comes last
    return answers
