"""Puts a hand-off packet together from its conversation's rows, and holds each one against the published schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.hand_off.reasons import reason_text
from api.hand_off.tried import tried
from api.schemas.packet import (
    Contact,
    EntityAt,
    FrustrationAt,
    IntentAt,
    NotSent,
    Packet,
    PacketCustomer,
    PacketLine,
    Reason,
    Why,
)
from api.store.tables import (
    Agent,
    Conversation,
    HandOff,
    Message,
    SuppressedReply,
    Turn,
)

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "docs" / "hand-off.schema.json"


class PacketInvalid(Exception):
    """A packet does not keep to its published schema: a fault of ours, never the caller's."""


def packet_of(session: Session, conversation: Conversation) -> Packet | None:
    """Return the packet of a conversation's latest hand-off, or None when there never was one.

    Raises:
        PacketInvalid: it would break the published schema.
    """
    hand_off = session.scalar(
        select(HandOff)
        .where(HandOff.conversation_id == conversation.id)
        .order_by(HandOff.requested_at.desc(), HandOff.id)
        .limit(1)
    )
    if hand_off is None:
        return None
    packet = _gather(session, conversation, hand_off)
    check_packet(packet.model_dump(mode="json"))
    return packet


def check_packet(packet: Any) -> None:
    """Hold a packet, as JSON, against `docs/hand-off.schema.json`.

    Raises:
        PacketInvalid: naming the first member that breaks it, not its content.
    """
    problem = next(iter(_validator().iter_errors(packet)), None)
    if problem is not None:
        where = "/".join(str(part) for part in problem.absolute_path) or "the packet"
        raise PacketInvalid(f"{where} breaks the rule {problem.validator!r} of the hand-off schema")


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _gather(session: Session, conversation: Conversation, hand_off: HandOff) -> Packet:
    messages = session.scalars(
        select(Message).where(Message.conversation_id == conversation.id).order_by(Message.seq)
    ).all()
    turns = session.scalars(
        select(Turn).where(Turn.conversation_id == conversation.id, Turn.state == "done").order_by(Turn.number)
    ).all()
    seqs = {message.id: message.seq for message in messages}
    return Packet(
        hand_off_id=hand_off.id,
        conversation_id=conversation.id,
        requested_at=hand_off.requested_at,
        waiting_since=hand_off.waiting_since,
        taken_at=hand_off.taken_at,
        ended_at=hand_off.ended_at,
        department=hand_off.department or conversation.department,
        summary=hand_off.summary,
        customer=_customer(session, conversation),
        why=_why(hand_off),
        transcript=_transcript(session, messages),
        tried=tried(session, conversation.id, messages, turns),
        frustration=_frustration(turns, seqs),
        intents=_intents(turns, seqs),
        entities=_entities(turns, seqs),
        slots=_slots(turns),
        pages=[conversation.page_url] if conversation.page_url else [],
        not_sent=_not_sent(session, conversation.id),
    )


def _customer(session: Session, conversation: Conversation) -> PacketCustomer:
    earlier = 0
    if conversation.verified and conversation.customer_sub:
        earlier = (
            session.scalar(
                select(func.count())
                .select_from(Conversation)
                .where(
                    Conversation.customer_sub == conversation.customer_sub,
                    Conversation.verified,
                    Conversation.created_at < conversation.created_at,
                )
            )
            or 0
        )
    contact = None
    if conversation.contact_email or conversation.contact_phone:
        contact = Contact(email=conversation.contact_email, phone=conversation.contact_phone)
    return PacketCustomer(
        name=conversation.customer_name,
        email=conversation.customer_email,
        verified=conversation.verified,
        subject=conversation.customer_sub if conversation.verified else None,
        contact=contact,
        earlier_conversations=earlier,
    )


def _why(hand_off: HandOff) -> Why:
    return Why(
        reasons=[Reason(code=code, text=reason_text(code)) for code in hand_off.reason_codes or ()],
        evidence=list(hand_off.evidence or ()),
        counterfactual=hand_off.counterfactual,
        rules_version=hand_off.rules_version,
        signals=hand_off.signals,
    )


def _transcript(session: Session, messages: Sequence[Message]) -> list[PacketLine]:
    writers = {message.agent_id for message in messages if message.agent_id}
    names = {row.id: row.name for row in session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(writers)))}
    return [
        PacketLine.model_validate(
            {
                "seq": message.seq,
                "message_id": message.id,
                "sender": message.sender,
                "name": names.get(message.agent_id or ""),
                "text": message.text,
                "created_at": message.created_at,
            }
        )
        for message in messages
    ]


def _frustration(turns: Sequence[Turn], seqs: dict[str, int]) -> list[FrustrationAt]:
    return [
        FrustrationAt(
            seq=seqs[turn.message_id],
            message_id=turn.message_id,
            score=turn.frustration,
            reasons=[str(reason) for reason in turn.frustration_reasons or ()],
        )
        for turn in turns
        if turn.frustration is not None and turn.message_id in seqs
    ]


def _intents(turns: Sequence[Turn], seqs: dict[str, int]) -> list[IntentAt]:
    return [
        IntentAt(
            seq=seqs[turn.message_id],
            message_id=turn.message_id,
            intent=turn.intent,
            confidence=turn.confidence,
            search_confidence=turn.search_confidence,
            outcome=turn.outcome,
        )
        for turn in turns
        if turn.intent is not None and turn.message_id in seqs
    ]


def _entities(turns: Sequence[Turn], seqs: dict[str, int]) -> list[EntityAt]:
    return [
        EntityAt(
            seq=seqs[turn.message_id],
            message_id=turn.message_id,
            entity=str(entity["entity"]),
            value=str(entity["value"]),
        )
        for turn in turns
        for entity in turn.entities or ()
        if turn.message_id in seqs and "entity" in entity and "value" in entity
    ]


def _slots(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return what the bot knew after its last turn that told."""
    for turn in reversed(turns):
        slots = (turn.understanding or {}).get("slots")
        if slots is not None:
            return {str(name): value for name, value in slots.items() if value is not None}
    return {}


def _not_sent(session: Session, conversation_id: str) -> list[NotSent]:
    rows = session.scalars(
        select(SuppressedReply)
        .where(SuppressedReply.conversation_id == conversation_id)
        .order_by(SuppressedReply.created_at, SuppressedReply.position)
    )
    return [NotSent(message_id=row.message_id, text=row.text, reason=row.reason) for row in rows]
