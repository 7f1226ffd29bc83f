"""Private notes and tags: what agents tell each other about a conversation. Customers and the bot never see them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conversations.transcript import locked
from api.security.callers import Staff
from api.store.events import record_event
from api.store.tables import Agent, Conversation, Json, Note

AT = re.compile(r"(?<!\w)@")


@dataclass(frozen=True, slots=True)
class Written:
    """A note with its writer's name and those it names."""

    note: Note
    name: str | None
    mentions: tuple[str, ...]  # agents' ids


def write_note(session: Session, conversation_id: str, text: str, staff: Staff, *, now: datetime) -> Written:
    """Add a note to a conversation; whoever it names with an @ is told at their desk."""
    conversation = locked(session, conversation_id)
    agents = session.execute(select(Agent.id, Agent.name).where(Agent.disabled_at.is_(None)).order_by(Agent.id)).all()
    mentions = mentioned(text, [(row.id, row.name) for row in agents])
    note = Note(conversation_id=conversation_id, agent_id=staff.agent_id, text=text, mentions=list(mentions))
    note.after_seq, note.created_at = conversation.next_seq - 1, now
    session.add(note)
    session.flush()
    payload: Json = {
        "note_id": note.id,
        "text": text,
        "agent": {"agent_id": staff.agent_id, "name": staff.name},
        "mentions": list(mentions),
        "after_seq": note.after_seq,
        "created_at": now.isoformat(),
    }
    record_event(session, "note", at=now, conversation_id=conversation_id, payload=payload)
    return Written(note, staff.name, mentions)


def mentioned(text: str, agents: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return the ids of the agents a text names with an @: by the whole name, or by a first name only one has."""
    firsts = [name.split()[0].casefold() for _, name in agents if name.split()]
    found: list[str] = []
    for at in AT.finditer(text):
        rest = text[at.end() :].casefold()
        fitting = [(agent_id, name) for agent_id, name in agents if _begins(rest, name.casefold())]
        if not fitting:
            short = [(i, name.split()[0].casefold()) for i, name in agents if name.split()]
            fitting = [(i, first) for i, first in short if _begins(rest, first) and firsts.count(first) == 1]
        if fitting:
            found.append(max(fitting, key=lambda one: len(one[1]))[0])
    return tuple(dict.fromkeys(found))


def notes_of(session: Session, conversation_id: str) -> list[Written]:
    """Return a conversation's notes, oldest first."""
    rows = session.execute(
        select(Note, Agent.name)
        .outerjoin(Agent, Agent.id == Note.agent_id)
        .where(Note.conversation_id == conversation_id)
        .order_by(Note.created_at, Note.id)
    )
    return [Written(note, name, tuple(note.mentions or ())) for note, name in rows]


def set_tags(session: Session, conversation_id: str, tags: Sequence[str], *, now: datetime) -> Conversation:
    """Give a conversation these tags and no others."""
    conversation = locked(session, conversation_id)
    conversation.tags = sorted({" ".join(tag.lower().split()) for tag in tags} - {""})
    record_event(session, "tags", at=now, conversation_id=conversation_id, payload={"tags": conversation.tags})
    return conversation


def _begins(text: str, name: str) -> bool:
    return bool(name) and text.startswith(name) and not text[len(name) : len(name) + 1].isalnum()
