"""The queue."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import ClockDep, StoreDep
from api.desk.presence import arrive, is_noted
from api.hand_off.queue import waiting
from api.schemas.desk import Queue, QueueEntry
from api.security.callers import AgentCaller

router = APIRouter(prefix="/v1", tags=["desk"])


@router.get("/queue")
async def show_queue(caller: AgentCaller, store: StoreDep, clock: ClockDep) -> Queue:
    """List who waits for this agent's departments, most urgent first."""
    now = clock.now()
    if not await store.read(lambda session: is_noted(session, caller.agent_id, now=now)):
        await store.write(lambda session: arrive(session, caller.agent_id, now=now))
    entries = await store.read(lambda session: waiting(session, now=now))
    mine = [entry for entry in entries if caller.may_see(entry.conversation.department)]
    return Queue(conversations=[QueueEntry.of(entry) for entry in mine])
