"""Carrying out what the rules decided, inside the transaction that ends the turn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.conversations import ownership
from api.conversations.people import People
from api.hand_off.rules import Decision, Signals, as_record
from api.store.tables import Conversation, Turn
from api.strings.catalogue import say

ACCEPT = "deskmate:accept_hand_off"
DECLINE = "deskmate:decline_hand_off"
OURS = frozenset({ACCEPT, DECLINE})  # payloads of buttons that the API answers itself


@dataclass(frozen=True, slots=True)
class Cause:
    """The message that led to a hand-off, and how."""

    message_id: str
    seq: int
    signals: Signals
    decision: Decision


def record(turn: Turn, signals: Signals, decision: Decision) -> None:
    """Keep a decision with everything it was made from, so that it can be replayed."""
    turn.decision = decision.decision
    turn.reason_codes = list(decision.reason_codes)
    turn.signals = as_record(signals)
    turn.rules_version = decision.rules_version


def hand_off(session: Session, conversation: Conversation, cause: Cause, *, people: People, at: datetime) -> None:
    """Put the conversation into the queue, with reasons, evidence and counterfactual."""
    placed = people.place(session, conversation, cause.decision.reason_codes, at)
    where = {"message_id": cause.message_id, "seq": cause.seq}
    request = ownership.PersonRequest(
        reason_codes=cause.decision.reason_codes,
        message_id=cause.message_id,
        evidence=[{**asdict(line), **where} for line in cause.decision.evidence],
        counterfactual=cause.decision.counterfactual,
        signals=as_record(cause.signals),
        rules_version=cause.decision.rules_version,
        priority=placed.urgency.minutes,
        department=placed.department,
        placed_why=placed.why,
    )
    availability = people.sentence(session, at, department=placed.department)
    ownership.request_person(session, conversation.id, request, availability=availability, at=at)


def buttons(*, with_decline: bool = True) -> list[tuple[str, str]]:
    """Return (title, payload) of the buttons that offer a person."""
    accept = [(say("offer.accept"), ACCEPT)]
    return [*accept, (say("offer.decline"), DECLINE)] if with_decline else accept


def mark_offered(conversation: Conversation, *, at: datetime) -> None:
    """Note that a person is on offer; the first time counts for the rule of one offer per conversation."""
    conversation.offer_open = True
    conversation.offered_at = conversation.offered_at or at
