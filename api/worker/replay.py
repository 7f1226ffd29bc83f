"""Replay before release: the last days' real questions through both models, and what customers would get instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.privacy.masking import masked
from api.store.tables import Conversation, Message, Suggestion, SuggestionSet, Turn
from api.worker.trial import ASK, Routes, Trial, plain, taken_for

DAYS = 14
MOST_REPLAYED = 500  # the newest; a few seconds for each model
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A real message, with what the search found for it."""

    message_id: str
    conversation_id: str
    text: str
    shown: str  # without personal data
    search_confidence: float | None
    article: str | None  # title of the first article found
    answer: str | None


def recent(session: Session, *, now: datetime, days: int = DAYS) -> list[Asked]:
    """Return what customers wrote to the bot in the last days, newest first, each wording once."""
    rows = session.execute(
        select(Message, Conversation.customer_name, SuggestionSet.id, SuggestionSet.confidence)
        .join(Turn, Turn.message_id == Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(SuggestionSet, SuggestionSet.message_id == Message.id)
        .where(Turn.mode == "reply", Turn.state == "done", Message.sender == "customer", Message.button_id.is_(None))
        .where(Message.created_at > now - timedelta(days=days))
        .order_by(Message.created_at.desc(), Message.id)
        .limit(2 * MOST_REPLAYED)
    ).all()
    tops = _tops(session, [set_id for _, _, set_id, _ in rows if set_id is not None])
    found: dict[str, Asked] = {}
    for message, name, set_id, confidence in rows:
        text = plain(message.text)[:2_000]
        if not text or text in found:
            continue
        top = tops.get(set_id)
        found[text] = Asked(
            message.id,
            message.conversation_id,
            text,
            masked(text, [name]),
            confidence,
            top.title if top else None,
            top.answer if top else None,
        )
    return list(found.values())[:MOST_REPLAYED]


def _tops(session: Session, set_ids: Sequence[str]) -> dict[str, Suggestion]:
    query = (
        select(Suggestion)
        .where(Suggestion.suggestion_set_id.in_(set_ids), Suggestion.internal.is_(False), Suggestion.rank == 0)
        .order_by(Suggestion.id)
    )
    return {row.suggestion_set_id: row for row in session.scalars(query)}


def replay(asked: Sequence[Asked], candidate: Trial, current: Trial, routes: Routes) -> dict[str, Any]:
    """Return the messages whose answer changes, before and after, and how many would be handed to people.

    Args:
        asked: real messages.
        candidate: the new model's guesses.
        current: the serving model's.
        routes: where each intent leads.
    """
    changed = []
    hand_offs = {"before": 0, "after": 0}
    for one in asked:
        before = taken_for(current.guesses[one.text], routes, search_confidence=one.search_confidence)
        after = taken_for(candidate.guesses[one.text], routes, search_confidence=one.search_confidence)
        for name, intent in (("before", before), ("after", after)):
            hand_offs[name] += _outcome(intent, routes) == "hand_off"
        if before != after:
            changed.append((one, before, after))
    return {
        "messages": len(asked),
        "changed": len(changed),
        "hand_offs": hand_offs,
        "shown": [
            {
                "message_id": one.message_id,
                "conversation_id": one.conversation_id,
                "text": one.shown,
                "before": _answer(one, before, routes),
                "after": _answer(one, after, routes),
            }
            for one, before, after in changed[:MOST_SHOWN]
        ],
    }


def _outcome(intent: str, routes: Routes) -> str:
    route = routes.get(intent)
    return route.outcome if route else "search"


def _answer(one: Asked, intent: str, routes: Routes) -> dict[str, str | None]:
    """Return what the customer gets: the intent, what happens on it, and the article or the target."""
    route = routes.get(intent)
    if intent == ASK or route is None:
        return {"intent": ASK, "outcome": "search", "gets": one.article, "answer": one.answer}
    return {"intent": intent, "outcome": route.outcome, "gets": route.target, "answer": None}
