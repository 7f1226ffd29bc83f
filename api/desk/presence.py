"""Who is at the desk: an agent is present while a socket of theirs says so, and for no longer than 45 s after.

A desk of another make, which polls the queue instead, is there for as long as it asks.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.store.events import record_event
from api.store.tables import Agent

PRESENT_FOR = timedelta(seconds=45)
SEEN_EVERY_S = 15.0  # how often an open desk says that its agent is there


def is_present(agent: Agent, now: datetime) -> bool:
    """Say whether an agent is connected now, as far as the database knows."""
    return agent.disabled_at is None and agent.last_seen_at is not None and agent.last_seen_at > now - PRESENT_FOR


def count_present(session: Session, now: datetime) -> int:
    """Return how many agents are at the desk."""
    present = select(func.count()).select_from(Agent)
    present = present.where(Agent.disabled_at.is_(None), Agent.last_seen_at > now - PRESENT_FOR)
    return session.scalar(present) or 0


def arrive(session: Session, agent_id: str, *, now: datetime) -> None:
    """Note that an agent's desk is connected; the others are told when it was not before."""
    agent = session.get(Agent, agent_id)
    if agent is None:
        return
    if not is_present(agent, now):
        _tell(session, agent, present=True, now=now)
    agent.last_seen_at = now


def is_noted(session: Session, agent_id: str, *, now: datetime) -> bool:
    """Say whether an agent was noted as present so lately that it need not be written again."""
    seen = session.scalar(select(Agent.last_seen_at).where(Agent.id == agent_id))
    return seen is not None and seen > now - timedelta(seconds=SEEN_EVERY_S)


def leave(session: Session, agent_id: str, *, now: datetime) -> None:
    """Note that an agent's last desk was closed."""
    agent = session.get(Agent, agent_id)
    if agent is None or agent.last_seen_at is None:
        return
    session.execute(update(Agent).where(Agent.id == agent_id).values(last_seen_at=None))
    _tell(session, agent, present=False, now=now)


def _tell(session: Session, agent: Agent, *, present: bool, now: datetime) -> None:
    record_event(session, "presence", at=now, payload={"agent_id": agent.id, "name": agent.name, "present": present})
