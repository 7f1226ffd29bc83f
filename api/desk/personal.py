"""A suggestion made into a reply to one customer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.conversations.ownership import open_hand_off
from api.desk.figures import Source
from api.hand_off.queue import last_frustration
from api.hand_off.reply import Situation, draft_reply
from api.security.callers import Staff
from api.store.tables import Conversation, Message, Suggestion, SuggestionSet
from api.suggestions.finder import Finder, SearchUnavailable

READ = 2_000  # characters the search may see
SOURCES = 3


def personal_draft(
    session: Session, conversation: Conversation, suggestion_id: str, staff: Staff, *, now: datetime
) -> str:
    """Return a reply with a suggestion's answer in it, word for word; nothing is sent by it."""
    suggestion = session.get_one(Suggestion, suggestion_id)
    hand_off = open_hand_off(session, conversation.id)
    said = select(func.count()).select_from(Message).where(Message.conversation_id == conversation.id)
    situation = Situation(
        name=conversation.customer_name,
        agent=staff.name,
        frustration=last_frustration(session, [conversation.id]).get(conversation.id, 0.0),
        failed=conversation.failed_turns,
        waited_s=int(((hand_off.taken_at or now) - hand_off.waiting_since).total_seconds()) if hand_off else 0,
        first=not session.scalar(said.where(Message.sender == "agent")),
    )
    return draft_reply(situation, suggestion.answer)


def answers_of(session: Session, conversation_id: str) -> list[str]:
    """Return the answers that were suggested in a conversation."""
    query = select(Suggestion.answer).join(SuggestionSet, SuggestionSet.id == Suggestion.suggestion_set_id)
    return list(session.scalars(query.where(SuggestionSet.conversation_id == conversation_id)))


def last_question(session: Session, conversation_id: str) -> str | None:
    """Return what a customer wrote since an agent last spoke, or None when they wrote nothing."""
    spoke = session.scalar(
        select(func.max(Message.seq)).where(Message.conversation_id == conversation_id, Message.sender == "agent")
    )
    lines = session.scalars(
        select(Message.text)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == "customer",
            Message.seq > (spoke or 0),
        )
        .order_by(Message.seq.desc())
        .limit(3)
    ).all()
    return "\n".join(reversed(lines)) or None


def sources_for(draft: str, search: Finder, *, kb: str) -> list[Source]:
    """Return what the knowledge base says about a draft's subject, internal rules included; [] while it cannot say."""
    try:
        found = search.find(draft[:READ], kb=kb, limit=SOURCES)
    except SearchUnavailable:
        return []
    return [Source(one.title, f"{one.answer}\n{one.passage}") for one in (*found.suggestions, *found.internal)]
