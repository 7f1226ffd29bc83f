"""Whom the queue proposes for each waiting chat: everyone may take any, and nobody need ask whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.desk.presence import present_agents
from api.errors import ApiError
from api.security.callers import sees
from api.store.tables import Agent, Conversation, HandOff
from api.strings.catalogue import say

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
JUST_NOW = datetime.max.replace(tzinfo=UTC)  # later than every other time


@dataclass(frozen=True, slots=True)
class Proposal:
    """An agent for a waiting chat."""

    agent_id: str
    name: str
    why: str  # knows_them | longest_idle


@dataclass(frozen=True, slots=True)
class Ready:
    """An agent who is there."""

    agent: Agent
    chats: int  # they hold now
    took_at: datetime  # their last chat; long ago if none


def propose(
    waiting: Sequence[Conversation],
    ready: Sequence[Ready],
    knows: Mapping[str, str],
    *,
    chats_at_once: int | None,
) -> dict[str, Proposal]:
    """Propose an agent for each chat, the most urgent first; a chat that nobody has room for is left out.

    Whoever talked to the customer before comes first, then whoever has fewest chats, then whoever has not got one for
    longest: with equal loads that is round robin.

    Args:
        waiting: in the order they are to be served.
        ready: who is there.
        knows: the agent who had a conversation last, by conversation.
        chats_at_once: how many chats one may have; None for any number.
    """
    load = {one.agent.id: one.chats for one in ready}
    took_at = {one.agent.id: one.took_at for one in ready}
    proposals: dict[str, Proposal] = {}
    for conversation in waiting:
        able = [one.agent for one in ready if sees(one.agent, conversation.department)]
        free = [agent for agent in able if chats_at_once is None or load[agent.id] < chats_at_once]
        if not free:
            continue
        known = knows.get(conversation.id)
        best = min(free, key=lambda agent: (agent.id != known, load[agent.id], took_at[agent.id], agent.id))
        why = "knows_them" if best.id == known else "longest_idle"
        proposals[conversation.id] = Proposal(best.id, best.name, why)
        load[best.id] += 1
        took_at[best.id] = JUST_NOW
    return proposals


def ready_agents(session: Session, *, now: datetime) -> list[Ready]:
    """Return who is at the desk, with their load."""
    agents = present_agents(session, now)
    held = dict(
        session.execute(
            select(Conversation.agent_id, func.count())
            .where(Conversation.owner == "agent")
            .group_by(Conversation.agent_id)
        ).all()
    )
    took = dict(
        session.execute(
            select(HandOff.agent_id, func.max(HandOff.taken_at))
            .where(HandOff.agent_id.in_([agent.id for agent in agents]))
            .group_by(HandOff.agent_id)
        ).all()
    )
    return [Ready(agent, held.get(agent.id, 0), took.get(agent.id) or LONG_AGO) for agent in agents]


def who_knows(session: Session, conversation_ids: Sequence[str]) -> dict[str, str]:
    """Return the agent who had each conversation last, in this stay or an earlier one."""
    rows = session.execute(
        select(HandOff.conversation_id, HandOff.agent_id)
        .where(HandOff.conversation_id.in_(conversation_ids), HandOff.agent_id.is_not(None))
        .order_by(HandOff.requested_at, HandOff.id)
    )
    return {row.conversation_id: row.agent_id for row in rows}


def known_and_ready(
    session: Session, conversation: Conversation, *, now: datetime, chats_at_once: int | None
) -> Agent | None:
    """Return who had a conversation last, if they are there, have room and may see it; else None."""
    agent_id = who_knows(session, [conversation.id]).get(conversation.id)
    for one in ready_agents(session, now=now):
        has_room = chats_at_once is None or one.chats < chats_at_once
        if one.agent.id == agent_id and has_room and sees(one.agent, conversation.department):
            return one.agent
    return None


def check_room(session: Session, conversation_id: str, agent_id: str, *, most: int | None) -> None:
    """Refuse another chat to an agent who has as many as they may; one that is theirs already is no other.

    Raises:
        ApiError: 409 `desk_full`.
    """
    if most is None:
        return
    held = select(func.count()).select_from(Conversation).where(Conversation.owner == "agent")
    others = session.scalar(held.where(Conversation.agent_id == agent_id, Conversation.id != conversation_id)) or 0
    if others >= most:
        raise ApiError(409, "desk_full", say("errors.desk_full", most=most), details={"chats": others, "most": most})
