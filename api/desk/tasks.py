"""What the desk owes customers outside the chat: whoever left an address is answered there, and nobody is forgotten.

A task lives longer than its chat: closing the chat or leaving the queue leaves it open. It ends only when an agent says
what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.errors import ApiError, not_found
from api.security.callers import Staff
from api.store.events import record_event
from api.store.tables import Agent, Conversation, Task
from api.strings.catalogue import say


@dataclass(frozen=True, slots=True)
class Owed:
    """One task with whose it is."""

    task: Task
    conversation: Conversation
    agent_name: str | None


def owe_answer(session: Session, conversation: Conversation, *, at: datetime, within: timedelta) -> Task:
    """Note that a customer wants to be answered elsewhere; leaving another address changes the open task."""
    task = session.scalar(select(Task).where(Task.conversation_id == conversation.id, Task.done_at.is_(None)))
    if task is None:
        task = Task(conversation_id=conversation.id, created_at=at, due_at=at + within)
        session.add(task)
    task.email, task.phone = conversation.contact_email, conversation.contact_phone
    session.flush()
    _tell(session, task, at=at)
    return task


def owed(session: Session, staff: Staff, *, done: bool = False, limit: int = 200) -> list[Owed]:
    """Return the tasks of a caller's departments: the open ones, due first, or those done, the latest first."""
    query = select(Task, Conversation, Agent.name).join(Conversation, Conversation.id == Task.conversation_id)
    query = query.outerjoin(Agent, Agent.id == Task.agent_id)
    if done:
        query = query.where(Task.done_at.is_not(None)).order_by(Task.done_at.desc(), Task.id)
    else:
        query = query.where(Task.done_at.is_(None)).order_by(Task.due_at, Task.id)
    if staff.departments and not staff.is_admin:
        query = query.where(or_(Conversation.department.is_(None), Conversation.department.in_(staff.departments)))
    return [Owed(task, chat, name) for task, chat, name in session.execute(query.limit(limit))]


def take_on(session: Session, task_id: str, staff: Staff, *, now: datetime) -> Owed:
    """Make a task the caller's own, also one that somebody else had; a done one is refused.

    Raises:
        ApiError: 404, 409 it is done.
    """
    task = _open_task(session, task_id, staff)
    task.agent_id = staff.agent_id
    _tell(session, task, at=now)
    return _shown(session, task)


def finish(session: Session, task_id: str, staff: Staff, note: str, *, now: datetime) -> Owed:
    """Say what came of a task; with that it is done.

    Raises:
        ApiError: 404, 409 it is done already.
    """
    task = _open_task(session, task_id, staff)
    task.agent_id = task.agent_id or staff.agent_id
    task.done_at, task.done_by, task.note = now, staff.agent_id, note
    _tell(session, task, at=now)
    return _shown(session, task)


def _open_task(session: Session, task_id: str, staff: Staff) -> Task:
    task = session.get(Task, task_id, with_for_update=True)
    conversation = session.get(Conversation, task.conversation_id) if task is not None else None
    if task is None or conversation is None or not staff.may_see(conversation.department):
        raise not_found("This task")
    if task.done_at is not None:
        raise ApiError(409, "task_done", say("desk.task_done"))
    return task


def _shown(session: Session, task: Task) -> Owed:
    agent = session.get(Agent, task.agent_id) if task.agent_id else None
    return Owed(task, session.get_one(Conversation, task.conversation_id), agent.name if agent else None)


def _tell(session: Session, task: Task, *, at: datetime) -> None:
    payload = {"task_id": task.id, "done": task.done_at is not None}
    record_event(session, "task", at=at, conversation_id=task.conversation_id, payload=payload)
