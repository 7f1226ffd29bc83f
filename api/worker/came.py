"""What came of a customer's message, read from the rows it left: what golden dialogues are judged by, and made of."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conversations.turns import OFFERS
from api.hand_off.rules import ANGER_AT
from api.store.tables import Message, Suggestion, Turn
from api.worker.dialogues import NOTHING, Came


def came_of(session: Session, message: Message) -> Came:
    """Return what came of a message whose turn has ended."""
    turn = session.scalar(
        select(Turn)
        .where(Turn.message_id == message.id, Turn.state.in_(("done", "failed")))
        .order_by(Turn.number.desc(), Turn.started_at.desc())
        .limit(1)
    )
    if turn is None:
        return Came(outcome=message.outcome)
    said = select(Message).where(Message.turn_id == turn.id, Message.sender == "bot").order_by(Message.seq)
    lines = session.scalars(said).all()
    quoted = next((line.suggestion_id for line in lines if line.suggestion_id), None)
    suggestion = session.get(Suggestion, quoted) if quoted else None
    return Came(
        outcome=message.outcome,
        intent=turn.intent,
        article=suggestion.article_id if suggestion else None,
        asks=((turn.rasa_state or {}).get("slots") or {}).get("requested_slot") or NOTHING,
        offers=any(line.notice in OFFERS for line in lines),
        upset=(turn.frustration or 0.0) >= ANGER_AT,
    )
