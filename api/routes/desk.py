"""What an agent does with a conversation: take it, read its packet, answer, give it back, close it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session

from api.clock import Clock
from api.conversations import inbox, ownership
from api.conversations.inbox import Incoming
from api.dependencies import ClockDep, CompanyDep, SettingsDep, StoreDep
from api.desk import wrap_up
from api.desk.answers import check_suggestion, note_sent
from api.desk.departments import pass_to
from api.desk.events import epoch_of
from api.desk.holding_out import is_held_out
from api.desk.proposals import check_room
from api.desk.wrap_up import WrapUp
from api.errors import ApiError, not_found
from api.hand_off.packet import packet_of
from api.routes.desk_work import rules_of
from api.schemas.chat import MessageAccepted
from api.schemas.desk import AgentMessage, ForDepartment, Held, Release
from api.schemas.desk_work import CloseAs
from api.schemas.packet import Packet
from api.security.audit import record_audit
from api.security.callers import AgentCaller, Staff, visible_conversation
from api.store.database import Store
from api.store.tables import Conversation

router = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["desk"])


@router.get("/hand-off")
async def hand_off_packet(conversation_id: str, caller: AgentCaller, store: StoreDep) -> Packet:
    """Return everything a person needs to take over (`docs/hand-off.schema.json`)."""

    def read(session: Session) -> Packet:
        packet = packet_of(session, visible_conversation(session, caller, conversation_id))
        if packet is None:
            raise not_found("A hand-off of this conversation")
        return packet

    return await store.read(read)


@router.post("/take")
async def take(
    conversation_id: str,
    caller: AgentCaller,
    store: StoreDep,
    clock: ClockDep,
    company: CompanyDep,
    anyway: bool = False,
) -> Held:
    """Take a conversation over; of several agents exactly one gets it, the others are told who.

    Whoever has as many chats already as the company allows at once is asked to say `anyway`.
    """
    aided = not is_held_out(conversation_id, company.desk.hold_out_share)

    def step(session: Session, now: datetime) -> Conversation:
        if not anyway:
            check_room(session, conversation_id, caller.agent_id, most=company.desk.chats_at_once)
        return ownership.take(session, conversation_id, agent_id=caller.agent_id, at=now, aided=aided)

    return await _pass_on(store, clock, caller, conversation_id, ("take", step))


@router.post("/release")
async def release(conversation_id: str, body: Release, caller: AgentCaller, store: StoreDep, clock: ClockDep) -> Held:
    """Give a conversation one holds back to the bot, or to the front of the queue."""

    def step(session: Session, now: datetime) -> Conversation:
        return ownership.release(session, conversation_id, to=body.to, agent_id=caller.agent_id, at=now)

    return await _pass_on(store, clock, caller, conversation_id, (f"release_to_{body.to}", step))


@router.post("/close")
async def close(
    conversation_id: str, caller: AgentCaller, store: StoreDep, clock: ClockDep, body: CloseAs | None = None
) -> Held:
    """End a conversation and keep how it ended; the customer may open it again by writing."""
    ended = WrapUp(body.solved, body.topic, body.tags) if body else WrapUp()

    def step(session: Session, now: datetime) -> Conversation:
        return wrap_up.close(session, conversation_id, ended, agent_id=caller.agent_id, now=now)

    return await _pass_on(store, clock, caller, conversation_id, ("close", step))


@router.put("/department")
async def pass_to_department(
    conversation_id: str, body: ForDepartment, caller: AgentCaller, store: StoreDep, clock: ClockDep
) -> Held:
    """Pass a conversation to a department; an agent who is not of it gives the chat up."""

    def step(session: Session, now: datetime) -> Conversation:
        return pass_to(session, conversation_id, body.department, now=now)

    return await _pass_on(store, clock, caller, conversation_id, ("pass_to_department", step))


@router.post("/agent-messages", status_code=202)
async def agent_message(
    conversation_id: str,
    body: AgentMessage,
    caller: AgentCaller,
    store: StoreDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> MessageAccepted:
    """Say something in a conversation one holds."""
    now = clock.now()
    incoming = Incoming(body.client_msg_id, text=body.text, suggestion_id=body.suggestion_id)

    def write(session: Session) -> MessageAccepted:
        visible_conversation(session, caller, conversation_id)
        if body.suggestion_id is not None:
            check_suggestion(session, body.suggestion_id, conversation_id, caller)
        accepted = inbox.write_agent_message(
            session, conversation_id, incoming, agent_id=caller.agent_id, rules=rules_of(settings), at=now
        )
        if body.suggestion_id is not None and not accepted.is_resend:
            note_sent(session, body.suggestion_id, caller, body.text, now=now)
        return MessageAccepted(message_id=accepted.message_id, seq=accepted.seq, epoch=epoch_of(session))

    try:
        return await store.write(write)
    except ApiError as refused:
        if refused.code == "client_msg_id_taken":
            await store.write(lambda session: inbox.audit_conflict(session, conversation_id, caller.actor, at=now))
        raise


async def _pass_on(
    store: Store,
    clock: Clock,
    caller: Staff,
    conversation_id: str,
    step: tuple[str, Callable[[Session, datetime], Conversation]],
) -> Held:
    """Change a visible conversation's owner and note who did it."""
    now, (name, change) = clock.now(), step

    def run(session: Session) -> Held:
        visible_conversation(session, caller, conversation_id)
        conversation = change(session, now)
        record_audit(session, caller.actor, name, at=now, subject=conversation_id)
        return Held.of(session, conversation)

    return await store.write(run)
