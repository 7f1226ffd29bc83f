"""Puts a hand-off packet together from its conversation's rows, and holds each one against the published schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.hand_off.background import count_earlier, earlier_of, known, visits_of
from api.hand_off.brief import BriefLine, Story, brief_of, sentence_of, summary_of
from api.hand_off.reasons import reason_text
from api.hand_off.reply import Situation, draft_reply
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
    Quoted,
    Reason,
    Tried,
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

LIKELY = 0.5  # an answer below this chance of being right begins no reply
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


def summary_now(session: Session, conversation: Conversation) -> list[BriefLine]:
    """Return a conversation in a few quotations as it stands now, whoever has it, with what people answered."""
    return summary_of(_story(session, conversation.id, *_said(session, conversation.id)))


def _said(session: Session, conversation_id: str) -> tuple[Sequence[Message], Sequence[Turn]]:
    """Return a conversation's lines and the bot's finished turns, in order."""
    messages = session.scalars(
        select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
    ).all()
    turns = session.scalars(
        select(Turn).where(Turn.conversation_id == conversation_id, Turn.state == "done").order_by(Turn.number)
    ).all()
    return messages, turns


def _story(session: Session, conversation_id: str, messages: Sequence[Message], turns: Sequence[Turn]) -> Story:
    seqs = {message.id: message.seq for message in messages}
    outcomes = {message.id: message.outcome for message in messages if message.outcome}
    attempts = tried(session, conversation_id, messages, turns)
    return Story(messages, attempts, _frustration(turns, seqs), _entities(turns, seqs), outcomes)


def _gather(session: Session, conversation: Conversation, hand_off: HandOff) -> Packet:
    messages, turns = _said(session, conversation.id)
    seqs = {message.id: message.seq for message in messages}
    story = _story(session, conversation.id, messages, turns)
    attempts, moods, entities, slots = story.tried, story.frustration, story.entities, _slots(turns)
    brief = brief_of(story)
    question = next((line.text for line in brief if line.kind == "question"), None)
    visits = visits_of(session, conversation)
    return Packet(
        hand_off_id=hand_off.id,
        conversation_id=conversation.id,
        requested_at=hand_off.requested_at,
        waiting_since=hand_off.waiting_since,
        taken_at=hand_off.taken_at,
        ended_at=hand_off.ended_at,
        department=hand_off.department or conversation.department,
        summary=hand_off.summary or sentence_of(brief),
        brief=[Quoted(**asdict(line)) for line in brief],
        open_question=question,
        do_not_ask_again=known(conversation, entities, slots),
        suggested_reply=draft_reply(_situation(session, conversation, hand_off, moods, attempts), _answer(attempts)),
        placed_why=[str(line) for line in hand_off.placed_why or ()],
        customer=_customer(session, conversation),
        why=_why(hand_off),
        transcript=_transcript(session, messages),
        tried=list(attempts),
        frustration=list(moods),
        intents=_intents(turns, seqs),
        entities=list(entities),
        slots=slots,
        pages=list(dict.fromkeys(visit.url for visit in visits)),
        visits=visits,
        earlier=earlier_of(session, conversation),
        not_sent=_not_sent(session, conversation.id),
    )


def _situation(
    session: Session,
    conversation: Conversation,
    hand_off: HandOff,
    moods: Sequence[FrustrationAt],
    attempts: Sequence[Tried],
) -> Situation:
    """Return how it went so far, for the first reply."""
    agent = session.get(Agent, conversation.agent_id) if conversation.agent_id else None
    until = hand_off.taken_at or conversation.last_message_at
    return Situation(
        name=conversation.customer_name,
        agent=agent.name if agent else None,
        frustration=moods[-1].score if moods else 0.0,
        failed=sum(one.reaction in {"rejected", "not_helpful"} for one in attempts),
        waited_s=int((until - hand_off.waiting_since).total_seconds()),
    )


def _answer(attempts: Sequence[Tried]) -> str | None:
    """Return the best answer found for the last question, unless the customer has seen it or it is unlikely."""
    if not attempts:
        return None
    seen = {one.article_id for one in attempts if one.shown}
    last = [one for one in attempts if one.seq == attempts[-1].seq]
    fitting = [one for one in last if one.article_id not in seen and one.confidence >= LIKELY]
    return fitting[0].answer if fitting else None


def _customer(session: Session, conversation: Conversation) -> PacketCustomer:
    contact = None
    if conversation.contact_email or conversation.contact_phone:
        contact = Contact(email=conversation.contact_email, phone=conversation.contact_phone)
    return PacketCustomer(
        name=conversation.customer_name,
        email=conversation.customer_email,
        verified=conversation.verified,
        subject=conversation.customer_sub if conversation.verified else None,
        contact=contact,
        earlier_conversations=count_earlier(session, conversation),
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
