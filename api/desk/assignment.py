"""What a supervisor may do with anybody's chat: take it over, or give it to somebody else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from api.conversations import ownership
from api.conversations.ownership import Return
from api.conversations.transcript import locked
from api.desk.notes import write_note
from api.desk.presence import is_present
from api.errors import ApiError, not_found
from api.security.callers import Staff, sees
from api.store.tables import Agent, Conversation
from api.strings.catalogue import say


def assign(
    session: Session, conversation_id: str, agent_id: str, note: str | None, by: Staff, *, now: datetime
) -> Conversation:
    """Give a chat to an agent, whoever has it now; to oneself it is taking over. The customer reads who is with them.

    Raises:
        ApiError: 404 for somebody unknown or not of the department, 409 for somebody who is not there or a closed chat.
    """
    agent = session.get(Agent, agent_id)
    conversation = locked(session, conversation_id)
    if agent is None or agent.disabled_at is not None or not sees(agent, conversation.department):
        raise not_found("This colleague")
    if agent_id != by.agent_id and not is_present(agent, now):
        raise ApiError(409, "agent_away", say("desk.agent_away", name=agent.name))
    if conversation.owner == "agent" and conversation.agent_id != agent_id:
        why = Return(
            text=say("queue.passed_to", name=agent.name),
            reason="reassigned",
            evidence={"agent_id": conversation.agent_id, "by": by.name},
        )
        ownership.requeue(session, conversation_id, at=now, why=why)
    if note:
        write_note(session, conversation_id, f"@{agent.name} {note}", by, now=now)
    return ownership.take(session, conversation_id, agent_id=agent_id, at=now)
