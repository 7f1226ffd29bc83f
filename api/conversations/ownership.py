"""The only code that changes who owns a conversation.

Every function runs inside the caller's transaction, checks the table of `owners.py` and writes with one conditional
update, together with the line the customer reads, the hand-off row and the desks' event. A lost race is a refusal that
says who holds the chat now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.conversations.owners import Owner, Step, next_owner
from api.conversations.places import place_of
from api.conversations.transcript import append, locked, system_line
from api.conversations.wakeups import conversation_topic
from api.errors import ApiError
from api.hand_off.routing import FIRST_IN_LINE_MIN
from api.security.audit import record_audit
from api.store.database import announce
from api.store.events import record_event
from api.store.tables import Agent, Conversation, HandOff, Json
from api.strings.catalogue import say

FIRST_IN_LINE = FIRST_IN_LINE_MIN  # priority of a chat that comes back to the queue
RULES_OUTSIDE = "direct"  # rules_version of hand-offs that no rule decided: the widget's button, an agent's hand
QUEUE_MOVED = "queue"  # topic: somebody left the queue, so the others' places changed


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """Why a conversation goes to the queue, as it is kept with the hand-off."""

    reason_codes: Sequence[str]
    message_id: str | None = None
    evidence: Sequence[Mapping[str, object]] = ()
    counterfactual: str | None = None
    signals: Json = None
    rules_version: str = RULES_OUTSIDE
    priority: int = 0
    department: str | None = None  # for a conversation that has none
    placed_why: Sequence[str] = ()
    notice: Literal["queue.entered", "queue.reopened", "queue.welcome_back"] = field(default="queue.entered")
    name: str = ""  # of the agent who takes a returning customer at once


@dataclass(frozen=True, slots=True)
class Return:
    """Why a chat goes back to the queue without its agent's doing."""

    text: str  # what the customer reads
    reason: str  # a reason code
    evidence: Mapping[str, object]


def request_person(
    session: Session, conversation_id: str, request: PersonRequest, *, availability: str, at: datetime
) -> bool:
    """Put a conversation into the queue; asking again while it waits or talks to a person changes nothing.

    Args:
        session: the transaction.
        conversation_id: which.
        request: why.
        availability: one or two sentences about when people are in, true at `at`.
        at: now.

    Returns:
        Whether the conversation entered the queue by this call.
    """
    conversation = locked(session, conversation_id)
    if conversation.owner in {"queue", "agent"}:
        return False
    if conversation.owner == "closed":  # the customer asks again after the end
        _move(session, conversation, "reopen_to_queue", at=at)
        _forget_closing(conversation)
    else:
        _move(session, conversation, "request_person", at=at)
    conversation.offer_open = False
    conversation.department = conversation.department or request.department
    hand_off = HandOff(
        conversation_id=conversation.id,
        message_id=request.message_id,
        department=conversation.department,
        reason_codes=list(request.reason_codes),
        evidence=[dict(line) for line in request.evidence],
        counterfactual=request.counterfactual,
        signals=request.signals,
        rules_version=request.rules_version,
        priority=request.priority,
        placed_why=list(request.placed_why),
        requested_at=at,
        waiting_since=at,
    )
    session.add(hand_off)
    actor = f"customer:{conversation.id}" if request.rules_version == RULES_OUTSIDE else "bot"
    reasons = {"reasons": ", ".join(hand_off.reason_codes)}
    record_audit(session, actor, "hand_off", at=at, subject=conversation.id, details=reasons)
    session.flush()
    place = place_of(session, conversation.id, at=at)
    if place is not None:
        hand_off.position, hand_off.guess_s, hand_off.guess_most_s = place.position, place.wait_s, place.most_s
    text = say(request.notice, place=place.position if place else 1, availability=availability, name=request.name)
    append(session, conversation, system_line(text, request.notice, at=at))
    return True


def leave_queue(session: Session, conversation_id: str, *, at: datetime) -> None:
    """Take a waiting conversation out of the queue, back to the bot; leaving again changes nothing.

    Raises:
        ApiError: 409, a person has it or it is closed.
    """
    conversation = locked(session, conversation_id)
    if conversation.owner == "bot":
        return
    if conversation.owner != "queue":
        raise ApiError(409, "not_waiting", say("errors.not_waiting"), details={"owner": conversation.owner})
    _move(session, conversation, "leave_queue", at=at)
    _end_hand_off(session, conversation, "left", at=at)
    append(session, conversation, system_line(say("queue.left"), "queue.left", at=at))


def back_to_bot(session: Session, conversation_id: str, *, at: datetime) -> None:
    """Give a customer who asks for it back to the bot, from the queue or from an agent; asking again changes nothing.

    Raises:
        ApiError: 409, the conversation is closed.
    """
    conversation = locked(session, conversation_id)
    if conversation.owner != "agent":
        leave_queue(session, conversation_id, at=at)
        return
    _move(session, conversation, "leave_agent", at=at)
    _end_hand_off(session, conversation, "left", at=at)
    conversation.failed_turns = 0
    append(session, conversation, system_line(say("agent.left"), "agent.left", at=at))


def take(session: Session, conversation_id: str, *, agent_id: str, at: datetime, aided: bool = True) -> Conversation:
    """Make an agent the owner of a waiting conversation, or of one the bot has; taking one's own again is fine.

    Args:
        session: the transaction.
        conversation_id: which.
        agent_id: whose it becomes.
        at: now.
        aided: whether its agents get suggestions; what was noted at the first taking stays.

    Raises:
        ApiError: 409 with who holds it.
    """
    conversation = locked(session, conversation_id)
    if conversation.owner == "agent" and conversation.agent_id == agent_id:
        return conversation
    if next_owner(conversation.owner, "take") is None:
        raise held(session, conversation)
    _move(session, conversation, "take", at=at, agent_id=agent_id)
    conversation.offer_open = False
    hand_off = open_hand_off(session, conversation.id)
    if hand_off is None:  # an agent stepped in unasked
        hand_off = HandOff(
            conversation_id=conversation.id,
            department=conversation.department,
            reason_codes=["agent_stepped_in"],
            rules_version=RULES_OUTSIDE,
            requested_at=at,
            waiting_since=at,
        )
        session.add(hand_off)
    hand_off.agent_id = agent_id
    if hand_off.taken_at is None:
        hand_off.taken_at, hand_off.aided = at, aided
    text = say("agent.joined", name=_name_of(session, agent_id))
    append(session, conversation, system_line(text, "agent.joined", at=at))
    return conversation


def release(
    session: Session, conversation_id: str, *, to: Literal["bot", "queue"], agent_id: str, at: datetime
) -> Conversation:
    """Give a conversation one holds back to the bot, or to the front of the queue.

    Raises:
        ApiError: 409 with who holds it.
    """
    conversation = _held_by(session, conversation_id, agent_id)
    if to == "queue":
        return _back_to_queue(session, conversation, at=at)
    _move(session, conversation, "hand_to_bot", at=at)
    _end_hand_off(session, conversation, "to_bot", at=at)
    conversation.failed_turns = 0
    text = say("agent.to_bot", name=_name_of(session, agent_id))
    append(session, conversation, system_line(text, "agent.to_bot", at=at))
    return conversation


def requeue(session: Session, conversation_id: str, *, at: datetime, why: Return | None = None) -> bool:
    """Put a chat whose agent is away or disabled to the front of the queue; return whether it was with an agent."""
    conversation = locked(session, conversation_id)
    if conversation.owner != "agent":
        return False
    _back_to_queue(session, conversation, at=at, why=why)
    return True


def close(session: Session, conversation_id: str, *, agent_id: str, at: datetime) -> Conversation:
    """End a conversation: one's own, or one that waits or is with the bot; closing a closed one changes nothing.

    Raises:
        ApiError: 409, another agent holds it.
    """
    conversation = locked(session, conversation_id)
    if conversation.owner == "closed":
        return conversation
    if conversation.owner == "agent" and conversation.agent_id != agent_id:
        raise held(session, conversation)
    _move(session, conversation, "close", at=at)
    conversation.closed_at = at
    conversation.closed_by = "agent"
    conversation.offer_open = False
    _end_hand_off(session, conversation, "closed", at=at)
    append(session, conversation, system_line(say("agent.closed"), "agent.closed", at=at))
    return conversation


def end_for_good(session: Session, conversation_id: str, *, at: datetime) -> None:
    """End a conversation that is being erased, whoever owns it; no line of it says so."""
    conversation = locked(session, conversation_id)
    if conversation.owner != "closed":
        _move(session, conversation, "close", at=at)
        conversation.closed_at, conversation.closed_by = at, "customer"
    conversation.offer_open = False
    _end_hand_off(session, conversation, "closed", at=at)
    session.flush()


def reopen(
    session: Session,
    conversation: Conversation,
    *,
    to_queue: bool,
    availability: str,
    at: datetime,
    known: Agent | None = None,
) -> None:
    """Open a closed, locked conversation whose customer wrote again: for the bot, or for the people it was with.

    Args:
        session: the transaction.
        conversation: closed and locked.
        to_queue: for the people.
        availability: one or two sentences about when people are in.
        at: now.
        known: who had it before and is there; the customer is with them at once.
    """
    if not to_queue:
        _move(session, conversation, "reopen_to_bot", at=at)
        conversation.failed_turns = 0
        _forget_closing(conversation)
        return
    notice: Literal["queue.reopened", "queue.welcome_back"] = "queue.welcome_back" if known else "queue.reopened"
    request = PersonRequest(
        reason_codes=["reopened"], priority=FIRST_IN_LINE, notice=notice, name=known.name if known else ""
    )
    request_person(session, conversation.id, request, availability=availability, at=at)
    if known is not None:
        take(session, conversation.id, agent_id=known.id, at=at)


def open_hand_off(session: Session, conversation_id: str) -> HandOff | None:
    """Return the conversation's present stay with people, if there is one."""
    return session.scalar(select(HandOff).where(HandOff.conversation_id == conversation_id, HandOff.ended_at.is_(None)))


def held(session: Session, conversation: Conversation) -> ApiError:
    """Return the 409 that says who holds a conversation."""
    owner: Owner | str = conversation.owner
    details: dict[str, object] = {"owner": owner}
    if owner != "agent" or conversation.agent_id is None:
        return ApiError(409, f"held_by_{owner}", say(f"errors.held_by_{owner}"), details=details)
    name = _name_of(session, conversation.agent_id)
    details |= {"agent_id": conversation.agent_id, "agent_name": name}
    return ApiError(409, "held_by_another", say("errors.held", name=name), details=details)


def _held_by(session: Session, conversation_id: str, agent_id: str) -> Conversation:
    conversation = locked(session, conversation_id)
    if conversation.owner != "agent" or conversation.agent_id != agent_id:
        raise held(session, conversation)
    return conversation


def _back_to_queue(
    session: Session, conversation: Conversation, *, at: datetime, why: Return | None = None
) -> Conversation:
    _move(session, conversation, "give_back", at=at)
    hand_off = open_hand_off(session, conversation.id)
    if hand_off is not None:
        hand_off.waiting_since = at
        hand_off.priority = FIRST_IN_LINE
        if why is not None:
            hand_off.reason_codes = list(dict.fromkeys([*(hand_off.reason_codes or ()), why.reason]))
            hand_off.evidence = [*(hand_off.evidence or ()), {"reason": why.reason, **why.evidence}]
    text = why.text if why is not None else say("queue.returned")
    append(session, conversation, system_line(text, "queue.returned", at=at))
    return conversation


def _end_hand_off(session: Session, conversation: Conversation, ended_as: str, *, at: datetime) -> None:
    hand_off = open_hand_off(session, conversation.id)
    if hand_off is not None:
        hand_off.ended_at = at
        hand_off.ended_as = ended_as
        session.flush()  # the next hand-off of this conversation may be opened in the same transaction


def _move(
    session: Session, conversation: Conversation, step: Step, *, at: datetime, agent_id: str | None = None
) -> None:
    """Change the owner by one conditional update, or refuse."""
    owner = next_owner(conversation.owner, step)
    if owner is None:
        raise held(session, conversation)
    was = conversation.owner
    session.flush()
    changed = session.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation.id,
            Conversation.owner == was,
            Conversation.owner_version == conversation.owner_version,
        )
        .values(owner=owner, owner_version=Conversation.owner_version + 1, agent_id=agent_id)
        .execution_options(synchronize_session=False)
        .returning(Conversation.owner_version)
    ).first()
    session.refresh(conversation)
    if changed is None:
        raise held(session, conversation)
    _tell(session, conversation, was=was, at=at)


def _forget_closing(conversation: Conversation) -> None:
    conversation.closed_at = None
    conversation.closed_by = None


def _tell(session: Session, conversation: Conversation, *, was: str, at: datetime) -> None:
    name = _name_of(session, conversation.agent_id) if conversation.agent_id else None
    payload = {
        "owner": conversation.owner,
        "owner_version": conversation.owner_version,
        "agent": {"agent_id": conversation.agent_id, "name": name} if conversation.agent_id else None,
    }
    record_event(session, "owner", at=at, conversation_id=conversation.id, payload=payload)
    if conversation.owner == "queue":
        record_event(session, "queue", at=at, conversation_id=conversation.id)
    elif was == "queue":
        record_event(session, "queue", at=at, conversation_id=conversation.id, payload={"gone": True})
        announce(session, QUEUE_MOVED)
    announce(session, conversation_topic(conversation.id))


def _name_of(session: Session, agent_id: str) -> str:
    return session.scalar(select(Agent.name).where(Agent.id == agent_id)) or agent_id
