"""What a supervisor wants to see at a glance: who waits, who is busy, who is upset now, and what is owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.desk.presence import is_present
from api.desk.tasks import owed
from api.hand_off.queue import last_frustration, waiting
from api.hand_off.rules import ANGER_AT
from api.security.callers import Staff
from api.store.tables import Agent, Conversation

MOST_UPSET = 10


@dataclass(frozen=True, slots=True)
class AtWork:
    """An agent who is there or has chats."""

    agent: Agent
    present: bool
    chats: list[Conversation]  # those the reader may see, the oldest first


@dataclass(frozen=True, slots=True)
class Upset:
    """A chat whose customer's last message sounded angry."""

    conversation: Conversation
    frustration: float


@dataclass(frozen=True, slots=True)
class Wall:
    """One look at everything that is a caller's business."""

    waiting: int
    longest_wait_s: int  # 0 when nobody waits
    with_bot: int  # chats whose last line is of the last half hour
    at_work: list[AtWork]
    upset: list[Upset]  # the angriest first
    tasks: int
    tasks_late: int


def wall(session: Session, staff: Staff, *, now: datetime, lately: datetime) -> Wall:
    """Return how the desk stands.

    Args:
        session: to read with.
        staff: who looks; other departments' chats are not counted.
        now: when.
        lately: chats of the bot that were quiet since are not counted.
    """
    queue = [one for one in waiting(session, now=now) if staff.may_see(one.conversation.department)]
    open_chats = [
        chat
        for chat in session.scalars(select(Conversation).where(Conversation.owner.in_(("queue", "agent"))))
        if staff.may_see(chat.department)
    ]
    moods = last_frustration(session, [chat.id for chat in open_chats])
    upset = [Upset(chat, moods[chat.id]) for chat in open_chats if moods.get(chat.id, 0.0) >= ANGER_AT]
    held: dict[str, list[Conversation]] = {}
    for chat in sorted(open_chats, key=lambda one: (one.created_at, one.id)):
        if chat.agent_id is not None:
            held.setdefault(chat.agent_id, []).append(chat)
    agents = session.scalars(select(Agent).where(Agent.disabled_at.is_(None)).order_by(Agent.name, Agent.id))
    people = [AtWork(agent, is_present(agent, now), held.get(agent.id, [])) for agent in agents]
    tasks = owed(session, staff)
    with_bot = select(func.count()).select_from(Conversation)
    return Wall(
        waiting=len(queue),
        longest_wait_s=max((one.waited_s for one in queue), default=0),
        with_bot=session.scalar(
            with_bot.where(
                Conversation.owner == "bot", Conversation.last_message_at > lately, Conversation.next_seq > 1
            )
        )
        or 0,
        at_work=[one for one in people if one.present or one.chats],
        upset=sorted(upset, key=lambda one: (-one.frustration, one.conversation.id))[:MOST_UPSET],
        tasks=len(tasks),
        tasks_late=sum(one.task.due_at < now for one in tasks),
    )
