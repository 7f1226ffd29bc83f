"""The queue, how good its guesses are, and the answers that are owed outside the chat."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.conversations.places import measure_guesses
from api.dependencies import ClockDep, CompanyDep, StoreDep
from api.desk.presence import arrive, is_noted
from api.desk.tasks import finish, owed, take_on
from api.desk.wall import wall
from api.hand_off.queue import waiting
from api.schemas.desk import Queue, QueueEntry, TaskDone, Tasks, TaskView, Waits, WallView
from api.security.callers import AgentCaller

router = APIRouter(prefix="/v1", tags=["desk"])


@router.get("/queue")
async def show_queue(caller: AgentCaller, store: StoreDep, clock: ClockDep, company: CompanyDep) -> Queue:
    """List who waits for this agent's departments, most urgent first."""
    now, most = clock.now(), company.desk.chats_at_once
    if not await store.read(lambda session: is_noted(session, caller.agent_id, now=now)):
        await store.write(lambda session: arrive(session, caller.agent_id, now=now))
    entries = await store.read(lambda session: waiting(session, now=now, chats_at_once=most))
    mine = [entry for entry in entries if caller.may_see(entry.conversation.department)]
    return Queue(conversations=[QueueEntry.of(entry) for entry in mine])


@router.get("/queue/waits")
async def show_waits(
    _: AgentCaller, store: StoreDep, clock: ClockDep, days: Annotated[int, Query(ge=1, le=366)] = 7
) -> Waits:
    """Compare the waits that customers were told with those they had."""
    since = clock.now() - timedelta(days=days)
    measured = await store.read(lambda session: measure_guesses(session, since=since))
    return Waits(
        since=since,
        served=measured.served,
        median_error_s=measured.median_error_s,
        within_likely=measured.within_likely,
        within_most=measured.within_most,
    )


@router.get("/desk/wall")
async def show_wall(caller: AgentCaller, store: StoreDep, clock: ClockDep) -> WallView:
    """Show how the desk stands: who waits, who is busy, who is upset now, what is owed."""
    now = clock.now()
    return await store.read(
        lambda session: WallView.of(wall(session, caller, now=now, lately=now - timedelta(minutes=30)))
    )


@router.get("/tasks")
async def show_tasks(caller: AgentCaller, store: StoreDep, done: bool = False) -> Tasks:
    """List the answers that are owed by e-mail or telephone, due first; with `done`, those that were given."""
    found = await store.read(lambda session: [TaskView.of(one) for one in owed(session, caller, done=done)])
    return Tasks(tasks=found)


@router.post("/tasks/{task_id}/take")
async def take_task(task_id: str, caller: AgentCaller, store: StoreDep, clock: ClockDep) -> TaskView:
    """Take a task on."""
    now = clock.now()
    return await store.write(lambda session: TaskView.of(take_on(session, task_id, caller, now=now)))


@router.post("/tasks/{task_id}/done")
async def end_task(task_id: str, body: TaskDone, caller: AgentCaller, store: StoreDep, clock: ClockDep) -> TaskView:
    """Say what came of a task, which ends it."""
    now = clock.now()
    return await store.write(lambda session: TaskView.of(finish(session, task_id, caller, body.note, now=now)))
