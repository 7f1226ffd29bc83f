"""Who is at the desk: an agent is present for 45 s after their desk was last heard from, or until they leave.

Only what a desk itself sends counts as hearing from it: a laptop that was shut keeps its connection for a while, and
nobody sits at it. An open desk is asked for a sign of life often enough. A desk of another make, which polls the queue
instead, is there for as long as it asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from api.store.events import record_event
from api.store.tables import Agent, DeskLine

PRESENT_FOR = timedelta(seconds=45)
SEEN_EVERY_S = 12.0  # how often an open desk is asked for a sign of life; three missed ones are too many


def is_present(agent: Agent, now: datetime) -> bool:
    """Say whether an agent is at the desk now, as far as the database knows."""
    if agent.disabled_at is not None or agent.left_at is not None:
        return False
    return agent.last_seen_at is not None and agent.last_seen_at > now - PRESENT_FOR


def lost_since(agent: Agent, now: datetime) -> datetime | None:
    """Return when an agent who has not been heard from for too long gave the last sign of life, else None.

    Somebody who loads the page again is back before that; a program that never said it was there is never lost.
    """
    seen = agent.last_seen_at
    return seen if seen is not None and seen <= now - PRESENT_FOR else None


def present_agents(session: Session, now: datetime) -> Sequence[Agent]:
    """Return who is at the desk, in a fixed order."""
    here = (Agent.disabled_at.is_(None), Agent.left_at.is_(None), Agent.last_seen_at > now - PRESENT_FOR)
    return session.scalars(select(Agent).where(*here).order_by(Agent.id)).all()


def count_present(session: Session, now: datetime) -> int:
    """Return how many agents are at the desk."""
    present = select(func.count()).select_from(Agent)
    present = present.where(Agent.disabled_at.is_(None), Agent.left_at.is_(None))
    return session.scalar(present.where(Agent.last_seen_at > now - PRESENT_FOR)) or 0


def arrive(session: Session, agent_id: str, *, now: datetime, line_id: str | None = None) -> None:
    """Note a sign of life from an agent's desk; the others are told when they were not there before.

    Args:
        session: the transaction.
        agent_id: whose desk.
        now: when it was heard.
        line_id: of the open socket it came from; None for a desk that only asks now and then.
    """
    agent = session.get(Agent, agent_id)
    if agent is None:
        return
    if line_id is not None:
        session.merge(DeskLine(id=line_id, agent_id=agent_id, seen_at=now))
    if not is_present(agent, now):
        _tell(session, agent, present=True, now=now)
    agent.last_seen_at, agent.left_at = now, None


def is_noted(session: Session, agent_id: str, *, now: datetime) -> bool:
    """Say whether an agent was noted as present so lately that it need not be written again."""
    agent = session.get(Agent, agent_id)
    if agent is None or not is_present(agent, now):
        return False
    return agent.last_seen_at is not None and agent.last_seen_at > now - timedelta(seconds=SEEN_EVERY_S)


def leave(session: Session, agent_id: str, *, now: datetime, line_id: str | None = None) -> None:
    """Note that one of an agent's desks was closed; with the last one the agent is gone.

    Args:
        session: the transaction.
        agent_id: whose.
        now: when.
        line_id: of the socket that ended; None ends all of them, in every process.
    """
    ended = delete(DeskLine).where(DeskLine.agent_id == agent_id)
    session.execute(ended if line_id is None else ended.where(DeskLine.id == line_id))
    others = select(DeskLine.id).where(DeskLine.agent_id == agent_id, DeskLine.seen_at > now - PRESENT_FOR)
    if session.scalar(others.limit(1)) is None:
        _go(session, agent_id, now=now)


def silent_agents(session: Session, *, now: datetime) -> Sequence[str]:
    """Return who has not been heard from for too long, and was not found to be gone yet."""
    silent = select(Agent.id).where(Agent.left_at.is_(None), Agent.last_seen_at <= now - PRESENT_FOR)
    return session.scalars(silent.order_by(Agent.id)).all()


def turn_grey(session: Session, *, now: datetime) -> int:
    """Note who has not been heard from for too long; return how many that were. Each is told once."""
    session.execute(delete(DeskLine).where(DeskLine.seen_at <= now - PRESENT_FOR))
    return sum(_go(session, agent_id, now=now) for agent_id in silent_agents(session, now=now))


def _go(session: Session, agent_id: str, *, now: datetime) -> bool:
    """Mark an agent as gone by one conditional update, so that of several processes one tells."""
    session.flush()
    gone = session.execute(
        update(Agent)
        .where(Agent.id == agent_id, Agent.left_at.is_(None), Agent.last_seen_at.is_not(None))
        .values(left_at=now)
        .execution_options(synchronize_session=False)
        .returning(Agent.id)
    ).first()
    if gone is None:
        return False
    agent = session.get_one(Agent, agent_id, populate_existing=True)
    _tell(session, agent, present=False, now=now)
    return True


def _tell(session: Session, agent: Agent, *, present: bool, now: datetime) -> None:
    record_event(session, "presence", at=now, payload={"agent_id": agent.id, "name": agent.name, "present": present})
