"""One message as it was met, from what was stored with it; and as it would be met today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.hand_off.rules import RULES_VERSION, Decision, decide, from_record, replay
from api.review.intents import intent_at
from api.store.tables import Conversation, Intent, Message, SuggestionSet, SuppressedReply, Turn
from api.suggestions.sets import Question, question_of
from api.worker.trial import CUT_OFF, Guess, routes_of, taken_for


@dataclass(frozen=True, slots=True)
class Met:
    """What was stored when a message was met."""

    message: Message
    conversation: Conversation
    question: Question  # with what was said before it
    found: SuggestionSet | None
    turn: Turn | None
    said: tuple[Message, ...]  # by the bot
    not_said: tuple[str, ...]  # kept from the customer because a person had the chat
    cut_off: float | None  # of the intent that was guessed, on that day
    before: Turn | None  # the turn whose state today's model continues from
    seq_lines: tuple[Message, ...]  # what was said before, oldest first


def met(session: Session, message_id: str, *, characters: int) -> Met | None:
    """Read how a customer's message was met; None when there is no such message."""
    question = question_of(session, message_id, characters=characters)
    if question is None:
        return None
    message = session.get_one(Message, message_id)
    turn = session.scalar(
        select(Turn).where(Turn.message_id == message_id, Turn.state == "done").order_by(Turn.number.desc()).limit(1)
    )
    turn_ids = [turn.id] if turn else []
    earlier = select(Turn).where(Turn.conversation_id == message.conversation_id, Turn.state == "done")
    return Met(
        message=message,
        conversation=session.get_one(Conversation, message.conversation_id),
        question=question,
        found=session.scalar(select(SuggestionSet).where(SuggestionSet.message_id == message_id)),
        turn=turn,
        said=tuple(session.scalars(select(Message).where(Message.turn_id.in_(turn_ids)).order_by(Message.seq))),
        not_said=tuple(
            session.scalars(
                select(SuppressedReply.text)
                .where(SuppressedReply.message_id == message_id)
                .order_by(SuppressedReply.position)
            )
        ),
        cut_off=_cut_off_then(session, turn),
        before=session.scalar(
            earlier.where(Turn.number < (turn.number if turn else 0)).order_by(Turn.number.desc()).limit(1)
        ),
        seq_lines=tuple(_lines_before(session, message)),
    )


def decided_then(turn: Turn | None) -> Decision | None:
    """Return the decision about a person by the rules of that day, with its evidence; None when none was recorded."""
    if turn is None or not turn.signals or turn.rules_version is None:
        return None
    return replay(dict(turn.signals), turn.rules_version)


def decided_now(turn: Turn | None) -> Decision | None:
    """Return the decision about a person by today's rules, from the signals of that day."""
    if turn is None or not turn.signals:
        return None
    return decide(from_record(dict(turn.signals)), version=RULES_VERSION)


def winner(session: Session, guess: Guess, *, search_confidence: float | None) -> tuple[str, float]:
    """Return what a message would be taken for today, and the cut-off of the intent that was guessed.

    Returns:
        An intent whose outcome is its own, or `ask`: then the search answers.
    """
    routes = routes_of(session.scalars(select(Intent).where(Intent.deleted_at.is_(None))))
    route = routes.get(guess.intent)
    return taken_for(guess, routes, search_confidence=search_confidence), route.cut_off if route else 0.0


def _cut_off_then(session: Session, turn: Turn | None) -> float | None:
    intent = intent_at(session, turn.intent, turn.started_at) if turn and turn.intent else None
    if intent is None:
        return None
    return CUT_OFF if intent.cut_off is None else intent.cut_off


def _lines_before(session: Session, message: Message) -> Sequence[Message]:
    query = select(Message).where(Message.conversation_id == message.conversation_id, Message.seq < message.seq)
    return list(reversed(session.scalars(query.order_by(Message.seq.desc()).limit(20)).all()))
