"""A turn in the database: how it begins, where it runs, and how it ends. Each is one transaction.

A turn is one message being answered or observed. It begins under a lease, with the next open inbox row, and ends with
the message's one outcome. Between the two nothing is locked; so the end checks the fence and reads the owner again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.conversations.leases import Grip, let_go, take_lease
from api.conversations.owners import bot_may_speak
from api.conversations.people import People
from api.conversations.transcript import last_messages, locked
from api.schemas.rasa import Line
from api.store.ids import new_id
from api.store.tables import Button, Conversation, Inbox, Json, Message, Turn

HISTORY = 20
OFFERS = ("offer.text", "fallback.unavailable", "fallback.slow", "fallback.speechless")  # lines that offer a person
OWNER_AFTER = {  # lines that tell of a new owner; a closed chat in which a customer writes is the bot's again
    "queue.entered": "queue",
    "queue.reopened": "queue",
    "queue.returned": "queue",
    "queue.left": "bot",
    "agent.joined": "agent",
    "agent.to_bot": "bot",
    "agent.closed": "bot",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What every turn may use.

    Attributes:
        characters: how much of each text the models may see.
        people: says when people are in.
    """

    characters: int
    people: People


@dataclass(frozen=True, slots=True)
class Work:
    """A begun turn: everything needed to run it without touching the database."""

    turn_id: str
    grip: Grip
    conversation_id: str
    message_id: str
    seq: int
    number: int
    mode: Literal["reply", "observe"]
    speaker: Literal["customer", "agent"]
    owner: str  # when the turn began
    text: str
    payload: str | None  # of the button that was pressed
    attempts: int  # this one counted
    customer_name: str | None
    history: tuple[Line, ...]
    state: Json
    previous_outcome: str | None  # of the turn before
    offer_open: bool
    offered_before: bool
    offer_unseen: bool  # the offer was made after this message was written
    failed_turns: int
    process_id: str | None
    availability: str  # one or two sentences about when people are in
    people: People


class Held:
    """Another process runs the conversation's turn."""


def open_conversations(session: Session) -> list[str]:
    """Return the conversations that still owe something, longest waiting first."""
    rows = session.execute(select(Inbox.conversation_id).where(Inbox.done_at.is_(None)).order_by(Inbox.id))
    return list(dict.fromkeys(rows.scalars()))


def begin(
    session: Session, conversation_id: str, holder: str, *, process_id: str | None, limits: Limits, at: datetime
) -> Work | Held | None:
    """Start the conversation's next turn, pinned to a Rasa process.

    Args:
        session: the transaction.
        conversation_id: which.
        holder: this API process.
        process_id: the Rasa process it will run on; None when none is ready.
        limits: what a turn may use.
        at: now.

    Returns:
        The work; `Held` while another API process has the lease; None when nothing is left to do.
    """
    conversation = locked(session, conversation_id)
    entry = session.scalar(
        select(Inbox)
        .where(Inbox.conversation_id == conversation_id, Inbox.done_at.is_(None))
        .order_by(Inbox.id)
        .limit(1)
    )
    if entry is None:
        return None
    grip = take_lease(session, conversation_id, holder)
    if grip is None:
        return Held()
    # Whoever held the lease before is gone or has lost it: what it left running will never end.
    session.execute(
        update(Turn)
        .where(Turn.conversation_id == conversation_id, Turn.state == "running")
        .values(state="abandoned", finished_at=at)
    )
    entry.attempts += 1
    message = session.get_one(Message, entry.message_id)
    turn = _begin_turn(session, conversation, message, grip, process_id=process_id, at=at)
    return _work(session, conversation, message, turn, _Begun(grip, entry.attempts, limits, at))


def pin(session: Session, turn_id: str, process_id: str) -> None:
    """Note that a turn runs on another Rasa process from now on."""
    session.execute(update(Turn).where(Turn.id == turn_id, Turn.state == "running").values(rasa_process_id=process_id))


def end_inbox(session: Session, work: Work, *, at: datetime) -> bool:
    """Mark the message as dealt with; keep the lease only if another message waits. Return whether one does."""
    session.execute(update(Inbox).where(Inbox.message_id == work.message_id).values(done_at=at))
    more = session.scalar(
        select(Inbox.id).where(Inbox.conversation_id == work.conversation_id, Inbox.done_at.is_(None)).limit(1)
    )
    if more is None:
        let_go(session, work.grip)
    return more is not None


def try_again(session: Session, work: Work, turn: Turn, *, at: datetime) -> None:
    """Give a turn up without an outcome, because its message must be run in the other mode."""
    turn.state = "abandoned"
    turn.finished_at = at
    entry = session.scalars(select(Inbox).where(Inbox.message_id == work.message_id)).one()
    entry.attempts -= 1


def _begin_turn(
    session: Session, conversation: Conversation, message: Message, grip: Grip, *, process_id: str | None, at: datetime
) -> Turn:
    reply = message.sender == "customer" and bot_may_speak(conversation.owner)
    turn = Turn(
        id=new_id(),
        conversation_id=conversation.id,
        message_id=message.id,
        number=conversation.turns + 1,
        mode="reply" if reply else "observe",
        fence=grip.fence,
        owner_version=conversation.owner_version,
        rasa_process_id=process_id,
        started_at=at,
    )
    session.add(turn)
    session.flush()
    return turn


@dataclass(frozen=True, slots=True)
class _Begun:
    grip: Grip
    attempts: int
    limits: Limits
    at: datetime


def _work(session: Session, conversation: Conversation, message: Message, turn: Turn, begun: _Begun) -> Work:
    before = session.scalar(
        select(Turn)
        .where(Turn.conversation_id == conversation.id, Turn.state == "done")
        .order_by(Turn.number.desc())
        .limit(1)
    )
    unseen = conversation.offered_at is not None and _offer_is_later(session, message)
    return Work(
        turn_id=turn.id,
        grip=begun.grip,
        conversation_id=conversation.id,
        message_id=message.id,
        seq=message.seq,
        number=turn.number,
        mode="reply" if turn.mode == "reply" else "observe",
        speaker="agent" if message.sender == "agent" else "customer",
        owner=conversation.owner,
        text=message.text[: begun.limits.characters],
        payload=_payload(session, message, begun.at),
        attempts=begun.attempts,
        customer_name=conversation.customer_name,
        history=_history(session, message, begun.limits.characters),
        state=before.rasa_state if before else None,
        previous_outcome=before.outcome if before else None,
        offer_open=conversation.offer_open and not unseen,
        offered_before=conversation.offered_at is not None,
        offer_unseen=unseen,
        failed_turns=conversation.failed_turns,
        process_id=turn.rasa_process_id,
        availability=begun.limits.people.sentence(session, begun.at),
        people=begun.limits.people,
    )


def _payload(session: Session, message: Message, at: datetime) -> str | None:
    if message.button_id is None:
        return None
    button = session.get(Button, message.button_id)
    if button is None or (button.expires_at is not None and button.expires_at <= at):
        return None  # an expired button counts as its title
    return button.payload


def _offer_is_later(session: Session, message: Message) -> bool:
    """Say whether the last offer of a person stands below the message: two lines sent in one breath, say."""
    later = select(Message.id).where(
        Message.conversation_id == message.conversation_id,
        Message.seq > message.seq,
        Message.notice.in_(OFFERS),
    )
    return session.scalar(later.limit(1)) is not None


def owner_when_sent(session: Session, conversation_id: str, seq: int) -> str:
    """Return who owned the chat when a line was written, as the lines above it tell."""
    notice = session.scalar(
        select(Message.notice)
        .where(Message.conversation_id == conversation_id, Message.seq < seq, Message.notice.in_(OWNER_AFTER))
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return OWNER_AFTER[notice] if notice else "bot"


def _history(session: Session, message: Message, characters: int) -> tuple[Line, ...]:
    lines = last_messages(session, message.conversation_id, before=message.seq, limit=HISTORY)
    return tuple(
        Line(seq=line.seq, sender=line.sender, text=line.text[:characters], created_at=line.created_at.isoformat())
        for line in lines
        if line.sender != "system"
    )
