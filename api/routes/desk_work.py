"""An agent's work in a chat: what is read and begun, macros, the summary and the end; and a supervisor's hand in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session

from api.conversations.inbox import InboxRules
from api.conversations.people import People
from api.dependencies import ClockDep, CompanyDep, SettingsDep, StoreDep
from api.desk.assignment import assign
from api.desk.macros import Running, find_macros, found_macro, run_macro, save_macro
from api.desk.reading import keep_place
from api.desk.snippets import variables_of
from api.desk.wrap_up import ending_of
from api.schemas.desk import Held
from api.schemas.desk_work import (
    AssignTo,
    EndingView,
    MacroIn,
    Macros,
    MacroView,
    PlaceIn,
    PlaceView,
    RunMacro,
)
from api.security.audit import record_audit
from api.security.callers import AdminCaller, AgentCaller, visible_conversation
from api.settings import Settings

router = APIRouter(prefix="/v1", tags=["desk"])
CHAT = "/conversations/{conversation_id}"


@router.put(CHAT + "/place")
async def keep(conversation_id: str, body: PlaceIn, caller: AgentCaller, store: StoreDep, clock: ClockDep) -> PlaceView:
    """Note what one has read and begun to write in a chat; the next screen goes on from there."""
    now = clock.now()

    def write(session: Session) -> PlaceView:
        conversation = visible_conversation(session, caller, conversation_id)
        place = keep_place(session, conversation, caller.agent_id, now=now, read_seq=body.read_seq, draft=body.draft)
        return PlaceView(read_seq=place.read_seq, draft=place.draft, customer_read_seq=conversation.customer_read_seq)

    return await store.write(write)


@router.get(CHAT + "/summary")
async def summary(conversation_id: str, caller: AgentCaller, store: StoreDep, company: CompanyDep) -> EndingView:
    """Return a conversation in a few quotations, as it stands now, with what to choose from when it ends."""

    def read(session: Session) -> EndingView:
        conversation = visible_conversation(session, caller, conversation_id)
        return EndingView.of(ending_of(session, conversation, company.desk))

    return await store.read(read)


@router.post(CHAT + "/assign")
async def assign_to(
    conversation_id: str, body: AssignTo, caller: AdminCaller, store: StoreDep, clock: ClockDep
) -> Held:
    """Give anybody's chat to an agent who is there; to oneself it is taking over. For administrators."""
    now = clock.now()

    def write(session: Session) -> Held:
        visible_conversation(session, caller, conversation_id)
        chat = assign(session, conversation_id, body.agent_id, body.note, caller, now=now)
        details = {"agent_id": body.agent_id}
        record_audit(session, caller.actor, "assign", at=now, subject=conversation_id, details=details)
        return Held.of(session, chat)

    return await store.write(write)


@router.get("/macros")
async def show_macros(caller: AgentCaller, store: StoreDep) -> Macros:
    """List everybody's and one's own macros."""
    found = await store.read(lambda session: [MacroView.of(one) for one in find_macros(session, caller)])
    return Macros(macros=found)


@router.post("/macros", status_code=201)
async def add_macro(body: MacroIn, caller: AgentCaller, store: StoreDep, clock: ClockDep) -> MacroView:
    """Keep a macro; everybody's are for administrators to write."""
    now = clock.now()
    return await store.write(
        lambda s: MacroView.of(save_macro(s, body.name, body.stored(), caller, shared=body.shared, now=now))
    )


@router.put("/macros/{macro_id}")
async def change_macro(
    macro_id: str, body: MacroIn, caller: AgentCaller, store: StoreDep, clock: ClockDep
) -> MacroView:
    """Change a macro."""
    now = clock.now()

    def write(session: Session) -> MacroView:
        changed = save_macro(session, body.name, body.stored(), caller, shared=body.shared, now=now, macro_id=macro_id)
        return MacroView.of(changed)

    return await store.write(write)


@router.delete("/macros/{macro_id}")
async def end_macro(macro_id: str, caller: AgentCaller, store: StoreDep) -> dict[str, Any]:
    """Forget a macro."""
    await store.write(lambda session: session.delete(found_macro(session, macro_id, caller, to_change=True)))
    return {}


@router.post(CHAT + "/macros/{macro_id}")
async def run(
    conversation_id: str,
    macro_id: str,
    body: RunMacro,
    caller: AgentCaller,
    store: StoreDep,
    clock: ClockDep,
    company: CompanyDep,
    settings: SettingsDep,
) -> Held:
    """Take all steps of a macro in a chat one holds, or none of them."""
    now, rules = clock.now(), rules_of(settings)

    def write(session: Session) -> Held:
        conversation = visible_conversation(session, caller, conversation_id)
        macro = found_macro(session, macro_id, caller)
        hours = People(company).availability(session, now).hours
        values = variables_of(session, conversation, caller, hours=hours)
        running = Running(caller, company, rules, values, body.client_id, now)
        chat = run_macro(session, conversation_id, macro, running)
        record_audit(session, caller.actor, "macro", at=now, subject=conversation_id, details={"macro": macro_id})
        return Held.of(session, chat)

    return await store.write(write)


def rules_of(settings: Settings) -> InboxRules:
    """Return what a conversation takes in."""
    return InboxRules(
        stored_characters=settings.stored_characters,
        reopen_for=timedelta(days=settings.reopen_days),
        expires_after=timedelta(days=settings.conversation_days),
    )
