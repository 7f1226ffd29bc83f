"""Changing what an agent may do; whoever loses rights is out at once, and their customers are not left alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conversations.ownership import requeue
from api.desk.presence import leave
from api.errors import not_found
from api.schemas.people import AgentChange
from api.security.accounts import check_not_last_admin, disable, revoke_everything, set_password
from api.security.audit import record_audit
from api.security.callers import Staff, sees
from api.security.passwords import check_password
from api.store.tables import Agent, Conversation


def change_agent(
    session: Session, agent_id: str, change: AgentChange, *, password_hash: str | None = None, by: Staff, now: datetime
) -> Agent:
    """Apply an administrator's change to an agent.

    Args:
        session: the transaction.
        agent_id: whom.
        change: what to change.
        password_hash: of the new password, if there is one.
        by: who changes it.
        now: aware.

    Raises:
        ApiError: 404 for an unknown agent.
        AccountRefused: it would leave nobody to administer.
        PasswordRefused: the new password would not do.
    """
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise not_found("This agent")
    if change.name is not None:
        agent.name = change.name
    if change.departments is not None:
        agent.departments = list(dict.fromkeys(change.departments))
        requeue_chats(session, agent, now=now)
    if change.password is not None and password_hash is not None:
        check_password(change.password)
        set_password(session, agent, password_hash, by=by.actor, now=now)
    if change.role is not None and change.role != agent.role:
        _change_role(session, agent, change.role, by=by, now=now)
    if change.disabled is True and agent.disabled_at is None:
        disable(session, agent, by=by.actor, now=now)
        leave(session, agent.id, now=now)
        requeue_chats(session, agent, now=now)
    elif change.disabled is False and agent.disabled_at is not None:
        agent.disabled_at = None
        record_audit(session, by.actor, "enable_account", at=now, subject=agent.id)
    session.flush()
    return agent


def requeue_chats(session: Session, agent: Agent, *, now: datetime) -> int:
    """Put every chat an agent has but may no longer see back to the front of the queue; return how many there were."""
    held = session.scalars(select(Conversation).where(Conversation.agent_id == agent.id)).all()
    lost = [chat.id for chat in held if agent.disabled_at is not None or not sees(agent, chat.department)]
    return sum(requeue(session, conversation_id, at=now) for conversation_id in lost)


def _change_role(session: Session, agent: Agent, role: str, *, by: Staff, now: datetime) -> None:
    check_not_last_admin(session, agent)
    agent.role = role
    revoke_everything(session, agent.id, now=now)  # a log-in made with the old rights ends
    requeue_chats(session, agent, now=now)
    record_audit(session, by.actor, "change_role", at=now, subject=agent.id, details={"role": role})
