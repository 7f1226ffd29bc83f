"""Passing a chat on: to a colleague who is there, or to a department, with a note that says what they need to know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from api.conversations import ownership
from api.conversations.ownership import Return
from api.desk.departments import pass_to
from api.desk.notes import write_note
from api.desk.presence import is_present
from api.errors import ApiError, not_found
from api.security.callers import Staff, sees
from api.store.tables import Agent, Conversation
from api.strings.catalogue import say


def transfer_to_agent(
    session: Session, conversation_id: str, agent_id: str, note: str | None, staff: Staff, *, now: datetime
) -> Conversation:
    """Give a chat one holds to a colleague; the customer reads who is with them now.

    Raises:
        ApiError: 404 for somebody unknown or not of the department, 409 for somebody who is not there, or a chat one
            does not hold.
    """
    colleague = session.get(Agent, agent_id)
    conversation = session.get(Conversation, conversation_id)
    if colleague is None or conversation is None or not sees(colleague, conversation.department):
        raise not_found("This colleague")
    if not is_present(colleague, now):
        raise ApiError(409, "agent_away", say("desk.agent_away", name=colleague.name))
    _let_go(session, conversation_id, say("queue.passed_to", name=colleague.name), staff, now=now)
    if note:
        write_note(session, conversation_id, f"@{colleague.name} {note}", staff, now=now)
    return ownership.take(session, conversation_id, agent_id=agent_id, at=now)


def transfer_to_department(
    session: Session,
    conversation_id: str,
    department: str | None,
    note: str | None,
    staff: Staff,
    *,
    title: str | None,
    now: datetime,
) -> Conversation:
    """Put a chat one holds to the front of a department's queue, or of everybody's.

    Raises:
        ApiError: 409 for a chat one does not hold.
    """
    text = say("queue.passed_to", name=title) if title else say("queue.returned")
    _let_go(session, conversation_id, text, staff, now=now)
    if note:
        write_note(session, conversation_id, note, staff, now=now)
    return pass_to(session, conversation_id, department, now=now)


def _let_go(session: Session, conversation_id: str, text: str, staff: Staff, *, now: datetime) -> None:
    conversation = session.get_one(Conversation, conversation_id, with_for_update=True, populate_existing=True)
    if conversation.owner != "agent" or conversation.agent_id != staff.agent_id:
        raise ownership.held(session, conversation)
    why = Return(text=text, reason="passed_on", evidence={"agent_id": staff.agent_id, "agent": staff.name})
    ownership.requeue(session, conversation_id, at=now, why=why)
