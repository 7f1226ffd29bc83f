"""Suggestions for agents and for the bot, and what was done with them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session

from api.company import Company
from api.dependencies import ClockDep, CompanyDep, SettingsDep, StoreDep, SuggestionsDep
from api.desk.holding_out import withheld
from api.errors import ApiError, not_found
from api.schemas.suggestions import FeedbackIn, SuggestionQuery, SuggestionSetOut
from api.security.callers import AgentOrBot, Bot, Customer, CustomerOrAgent, Staff, visible_conversation
from api.store.tables import Conversation, Message
from api.strings.catalogue import say
from api.suggestions.finder import SearchUnavailable
from api.suggestions.sets import (
    Line,
    Question,
    conversation_of_suggestion,
    history_of,
    write_feedback,
)

router = APIRouter(prefix="/v1/suggestions", tags=["suggestions"])
BOT = "bot"  # who asked, for questions that no agent asked


@router.post("", response_model_exclude_none=True)
async def suggest(
    query: SuggestionQuery,
    caller: AgentOrBot,
    store: StoreDep,
    suggestions: SuggestionsDep,
    settings: SettingsDep,
    company: CompanyDep,
) -> SuggestionSetOut:
    """Return the stored set of a message, or search for a question; most likely first."""
    try:
        if query.message_id is not None:
            message_id = query.message_id
            await store.read(lambda s: _check_message(s, caller, message_id))
            found = await suggestions.for_message(message_id)
            if isinstance(caller, Staff) and await store.read(lambda s: _held_back(s, message_id, company)):
                found = found.held_back()
        else:
            question = await store.read(lambda s: _question(s, caller, query, settings.model_characters))
            found = await suggestions.ask(question, limit=query.limit)
    except SearchUnavailable:
        raise ApiError(503, "search_unavailable", say("errors.search_unavailable")) from None
    return found.cut(query.limit, with_internal=isinstance(caller, Staff))


@router.patch("/{suggestion_id}/feedback")
async def give_feedback(
    suggestion_id: str, feedback: FeedbackIn, caller: CustomerOrAgent, store: StoreDep, clock: ClockDep
) -> dict[str, Any]:
    """Say what was done with a suggestion: shown, clicked, copied, sent, dismissed, helpful, correct."""
    at = clock.now()

    def write(session: Session) -> dict[str, Any]:
        check_suggestion(session, caller, suggestion_id)
        name = caller.actor if isinstance(caller, Staff) else "customer"
        row = write_feedback(session, suggestion_id, name, feedback, at=at)
        return {"suggestion_id": suggestion_id, **{field: getattr(row, field) for field in FeedbackIn.model_fields}}

    return await store.write(write)


def check_suggestion(session: Session, caller: Customer | Staff, suggestion_id: str) -> None:
    """Refuse a suggestion the caller was never shown.

    Raises:
        ApiError: 404.
    """
    found = conversation_of_suggestion(session, suggestion_id)
    if found is None:
        raise not_found("This suggestion")
    suggestion, suggestion_set = found
    shown = suggestion_set.message_id is not None or suggestion_set.asked_by == BOT
    if isinstance(caller, Customer) and (suggestion.internal or not shown):
        raise not_found("This suggestion")
    if suggestion_set.conversation_id is None:
        if isinstance(caller, Customer):
            raise not_found("This suggestion")
        return
    try:
        visible_conversation(session, caller, suggestion_set.conversation_id)
    except ApiError:
        raise not_found("This suggestion") from None  # word for word as for one that does not exist


def _check_message(session: Session, caller: Staff | Bot, message_id: str) -> None:
    message = session.get(Message, message_id)
    if message is None:
        raise not_found("This message")
    if isinstance(caller, Staff):
        visible_conversation(session, caller, message.conversation_id)
    if message.sender != "customer":
        raise ApiError(422, "not_a_question", say("errors.not_a_customer_message"))


def _held_back(session: Session, message_id: str, company: Company) -> bool:
    message = session.get_one(Message, message_id)
    return withheld(session, message.conversation_id, company.desk.hold_out_share)


def _question(session: Session, caller: Staff | Bot, query: SuggestionQuery, characters: int) -> Question:
    """Return what is asked; inside a conversation, with its knowledge base and what was said there."""
    kb, history = query.kb or "main", [Line(line.speaker, line.text) for line in query.history or ()]
    if query.conversation_id is not None:
        conversation = _conversation(session, caller, query.conversation_id)
        kb = query.kb or conversation.kb
        if query.history is None:
            history = list(history_of(session, conversation.id, before=conversation.next_seq, characters=characters))
    return Question(
        text=query.question or "",
        kb=kb,
        history=tuple(history),
        conversation_id=query.conversation_id,
        asked_by=caller.agent_id if isinstance(caller, Staff) else BOT,
    )


def _conversation(session: Session, caller: Staff | Bot, conversation_id: str) -> Conversation:
    if isinstance(caller, Staff):
        return visible_conversation(session, caller, conversation_id)
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise not_found("This conversation")
    return conversation
