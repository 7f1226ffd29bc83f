"""Suggestion sets in the database: one per message, whoever asks first; everyone later reads that row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conversations.transcript import article_url, last_messages, locked
from api.schemas.suggestions import FeedbackIn, SuggestionOut, SuggestionSetOut
from api.store.events import record_event
from api.store.ids import new_id
from api.store.tables import (
    Article,
    ArticleVersion,
    Conversation,
    Message,
    Suggestion,
    SuggestionFeedback,
    SuggestionSet,
)

if TYPE_CHECKING:
    from kb_index.search import Finding
    from kb_index.search import Suggestion as Found

HISTORY = 20  # lines before the message that are part of the question


@dataclass(frozen=True, slots=True)
class Line:
    """An earlier line, as the search reads it."""

    speaker: str  # customer | agent | bot
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a knowledge base, and for whom."""

    text: str
    kb: str
    history: tuple[Line, ...] = ()
    message_id: str | None = None
    conversation_id: str | None = None
    asked_by: str | None = None


def question_of(session: Session, message_id: str, *, characters: int) -> Question | None:
    """Return the question a customer's message asks, with what was said before it; None when there is none such.

    Args:
        session: for reading.
        message_id: which.
        characters: how much of each text the models may see.
    """
    message = session.get(Message, message_id)
    if message is None or message.sender != "customer":
        return None
    conversation = session.get_one(Conversation, message.conversation_id)
    return Question(
        text=message.text[:characters],
        kb=conversation.kb,
        history=history_of(session, conversation.id, before=message.seq, characters=characters),
        message_id=message.id,
        conversation_id=conversation.id,
    )


def history_of(session: Session, conversation_id: str, *, before: int, characters: int) -> tuple[Line, ...]:
    """Return the last lines people and the bot said before seq `before`, oldest first."""
    lines = last_messages(session, conversation_id, before=before, limit=HISTORY)
    return tuple(Line(line.sender, line.text[:characters]) for line in lines if line.sender != "system")


def stored_set(session: Session, message_id: str) -> SuggestionSetOut | None:
    """Return the message's set, whole, or None when nobody has asked yet."""
    row = session.scalar(select(SuggestionSet).where(SuggestionSet.message_id == message_id))
    return None if row is None else set_out(session, row)


def store_set(session: Session, question: Question, finding: Finding, *, at: datetime) -> SuggestionSetOut:
    """Keep what was found, unless the message has its set already; return the one that is kept.

    Articles that are no longer in the database, or no longer public, are left out: an index may be older than a
    deletion. Where the first of them was the answer, the decision falls back to offering a person.
    """
    if question.conversation_id is not None and question.message_id is not None:
        locked(session, question.conversation_id)
        kept = stored_set(session, question.message_id)
        if kept is not None:
            return kept
    audiences = _audiences(session, question.kb, {s.article_id for s in (*finding.suggestions, *finding.internal)})
    public = [s for s in finding.suggestions if audiences.get(s.article_id) == "public"]
    internal = [s for s in finding.internal if s.article_id in audiences]
    first_is_gone = bool(finding.suggestions) and finding.suggestions[0] not in public
    row = SuggestionSet(
        id=new_id(),
        message_id=question.message_id,
        conversation_id=question.conversation_id,
        kb=question.kb,
        question=question.text,
        kb_version=finding.kb_version,
        model_version=finding.model_version,
        decision="offer_person" if first_is_gone and finding.decision != "none" else finding.decision,
        confidence=0.0 if first_is_gone else finding.confidence,
        asked_by=question.asked_by,
        created_at=at,
    )
    session.add(row)
    session.flush()
    shown = _rows(row.id, public, internal=False)
    session.add_all(shown + _rows(row.id, internal, internal=True))
    session.flush()
    row.parts = _parts(finding, {suggestion.article_id: suggestion.id for suggestion in shown})
    session.flush()
    out = set_out(session, row)
    if question.message_id is not None:
        payload = {"message_id": question.message_id, **out.model_dump(mode="json")}
        record_event(session, "suggestions", at=at, conversation_id=question.conversation_id, payload=payload)
    return out


def live_articles(session: Session, kb: str) -> frozenset[str]:
    """Return the ids of all articles a knowledge base still has."""
    return frozenset(session.scalars(select(Article.article_id).where(Article.kb == kb, Article.deleted_at.is_(None))))


def set_out(session: Session, row: SuggestionSet) -> SuggestionSetOut:
    """Return a stored set as it goes over the wire, both lists whole."""
    query = select(Suggestion).where(Suggestion.suggestion_set_id == row.id).order_by(Suggestion.rank)
    lists: dict[bool, list[SuggestionOut]] = {False: [], True: []}
    for suggestion in session.scalars(query):
        lists[suggestion.internal].append(_out(suggestion, row.kb))
    return SuggestionSetOut.model_validate(
        {
            "suggestion_set_id": row.id,
            "kb_version": row.kb_version,
            "model_version": row.model_version,
            "decision": row.decision,
            "confidence": row.confidence,
            "suggestions": lists[False],
            "internal": lists[True],
            "parts": row.parts,
        }
    )


def write_feedback(
    session: Session, suggestion_id: str, caller: str, feedback: FeedbackIn, *, at: datetime
) -> SuggestionFeedback:
    """Record what a caller did with a suggestion, on top of what they did before."""
    query = select(SuggestionFeedback).where(
        SuggestionFeedback.suggestion_id == suggestion_id, SuggestionFeedback.caller == caller
    )
    session.get_one(Suggestion, suggestion_id, with_for_update=True)  # two first feedbacks at once become one row
    row = session.scalar(query)
    if row is None:
        row = SuggestionFeedback(suggestion_id=suggestion_id, caller=caller, updated_at=at)
        session.add(row)
    said = feedback.model_dump(exclude_unset=True)
    for name, value in said.items():
        setattr(row, name, value)
    row.updated_at = at
    session.flush()
    tell_feedback(session, suggestion_id, caller, said, at=at)
    return row


def tell_feedback(session: Session, suggestion_id: str, caller: str, said: Mapping[str, Any], *, at: datetime) -> None:
    """Let other systems know what was done with a suggestion; that it was shown is no news."""
    if not said.keys() - {"displayed"}:
        return
    found = conversation_of_suggestion(session, suggestion_id)
    if found is None:
        return
    suggestion, suggestion_set = found
    payload = {
        "suggestion_id": suggestion_id,
        "article_id": suggestion.article_id,
        "message_id": suggestion_set.message_id,
        "by": caller,
        **said,
    }
    record_event(session, "feedback", at=at, conversation_id=suggestion_set.conversation_id, payload=payload)


def conversation_of_suggestion(session: Session, suggestion_id: str) -> tuple[Suggestion, SuggestionSet] | None:
    """Return a suggestion with its set, or None when there is no such suggestion."""
    suggestion = session.get(Suggestion, suggestion_id)
    if suggestion is None:
        return None
    return suggestion, session.get_one(SuggestionSet, suggestion.suggestion_set_id)


def _audiences(session: Session, kb: str, article_ids: Collection[str]) -> dict[str, str]:
    query = (
        select(Article.article_id, ArticleVersion.audience)
        .join(
            ArticleVersion,
            (ArticleVersion.kb == Article.kb)
            & (ArticleVersion.article_id == Article.article_id)
            & (ArticleVersion.version == Article.version),
        )
        .where(Article.kb == kb, Article.article_id.in_(article_ids), Article.deleted_at.is_(None))
    )
    return {row.article_id: row.audience for row in session.execute(query)}


def _parts(finding: Finding, ids: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """Return the questions of a message that asks several, or None for one, or when an article of theirs is gone."""
    parts = getattr(finding, "parts", ())
    if not parts or not all(article_id in ids for part in parts for article_id in part.article_ids):
        return None
    return [
        {
            "question": part.question,
            "decision": part.decision,
            "suggestion_ids": [ids[article_id] for article_id in part.article_ids],
        }
        for part in parts
    ]


def _rows(set_id: str, found: Sequence[Found], *, internal: bool) -> list[Suggestion]:
    return [
        Suggestion(
            suggestion_set_id=set_id,
            rank=rank,
            internal=internal,
            article_id=suggestion.article_id,
            title=suggestion.title,
            answer=suggestion.answer,
            passage=suggestion.passage,
            similarity=float(suggestion.similarity),
            confidence=float(suggestion.confidence),
        )
        for rank, suggestion in enumerate(found)
    ]


def _out(suggestion: Suggestion, kb: str) -> SuggestionOut:
    return SuggestionOut(
        suggestion_id=suggestion.id,
        article_id=suggestion.article_id,
        title=suggestion.title,
        url=article_url(suggestion.article_id, kb),
        answer=suggestion.answer,
        passage=suggestion.passage,
        similarity=suggestion.similarity,
        confidence=suggestion.confidence,
    )
