"""Erasing what was said: conversations become empty shells that still count, and can be read by nobody.

A shell keeps its lines' numbers, senders, times and outcomes, so numbering has no gap and no figure of the past
changes. Everything anybody wrote in it, and everything that was made of that, is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from api.conversations.ownership import end_for_good
from api.privacy.subjects import ERASED
from api.store.events import forget_events, record_event
from api.store.tables import (
    Button,
    Conversation,
    DeskEvent,
    DeskPlace,
    GoldenDialogue,
    HandOff,
    Inbox,
    Label,
    Lease,
    Message,
    Note,
    Suggestion,
    SuggestionFeedback,
    SuggestionSet,
    SuppressedReply,
    Table,
    Task,
    Turn,
    Visit,
)

GONE: tuple[type[Table], ...] = (Note, DeskPlace, Visit, Task, SuppressedReply, Button, GoldenDialogue)
LAST_OUTCOME = "fallback"  # of a message that is erased before it had one


def erase_conversations(session: Session, conversation_ids: Sequence[str], *, at: datetime) -> Counter[str]:
    """Leave nothing but shells of conversations; return how many rows of each table were emptied or removed.

    Labels go too, so whatever they taught has to be taken away before. A turn that is under way loses its lease and
    writes nothing any more.
    """
    touched: Counter[str] = Counter()
    for conversation_id in conversation_ids:
        _stop_turns(session, conversation_id)
        touched += _empty(session, conversation_id, at)
        for table in GONE:
            column = table.__table__.c.conversation_id
            touched[table.__tablename__] += _count(session, delete(table).where(column == conversation_id))
        touched[DeskEvent.__tablename__] += forget_events(session, [conversation_id])
        end_for_good(session, conversation_id, at=at)  # after its old events are gone: desks have to hear of this one
        record_event(session, "erased", at=at, conversation_id=conversation_id)
    return touched


def _stop_turns(session: Session, conversation_id: str) -> None:
    """Take the lease away from whoever runs a turn: what they still want to write is refused."""
    lease = session.get(Lease, conversation_id, with_for_update=True, populate_existing=True)
    if lease is not None:
        lease.holder, lease.fence = None, lease.fence + 1
    running = update(Turn).where(Turn.conversation_id == conversation_id, Turn.state == "running")
    session.execute(running.values(state="abandoned"))


def _empty(session: Session, conversation_id: str, at: datetime) -> Counter[str]:
    messages = select(Message.id).where(Message.conversation_id == conversation_id)
    sets = select(SuggestionSet.id).where(SuggestionSet.conversation_id == conversation_id)
    suggestions = select(Suggestion.id).where(Suggestion.suggestion_set_id.in_(sets))
    owed = update(Inbox).where(Inbox.conversation_id == conversation_id, Inbox.done_at.is_(None)).values(done_at=at)
    session.execute(owed)
    unanswered = update(Message).where(Message.conversation_id == conversation_id, Message.sender == "customer")
    session.execute(unanswered.where(Message.outcome.is_(None)).values(outcome=LAST_OUTCOME))
    touched = {
        "conversation": update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(
            customer_name=None,
            customer_email=None,
            customer_sub=None,
            verified=False,
            page_url=None,
            contact_email=None,
            contact_phone=None,
            rating_words=None,
            tags=[],
            token_revoked_at=at,
        ),
        "message": update(Message)
        .where(Message.conversation_id == conversation_id)
        .values(text=ERASED, client_msg_id=None, content_hash=None, button_id=None),
        "turn": update(Turn)
        .where(Turn.conversation_id == conversation_id)
        .values(entities=[], frustration_reasons=[], understanding=None, rasa_state=None, signals=None),
        "hand_off": update(HandOff)
        .where(HandOff.conversation_id == conversation_id)
        .values(evidence=[], counterfactual=None, signals=None, summary=None, topic=None, placed_why=[]),
        "suggestion_set": update(SuggestionSet)
        .where(SuggestionSet.conversation_id == conversation_id)
        .values(question=ERASED, parts=None),
        "suggestion_feedback": update(SuggestionFeedback)
        .where(SuggestionFeedback.suggestion_id.in_(suggestions))
        .values(sent_text=None),
        "label": delete(Label).where(Label.message_id.in_(messages)),
    }
    return Counter({table: _count(session, statement) for table, statement in touched.items()})


def _count(session: Session, statement: object) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
    return done.rowcount if isinstance(done, CursorResult) else 0
