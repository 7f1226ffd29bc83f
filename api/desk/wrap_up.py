"""The end of a chat: was it solved, what was it about, and the conversation in a few lines, kept for the next time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.company import Desk
from api.conversations import ownership
from api.desk.notes import set_tags
from api.hand_off.brief import BriefLine, sentence_of
from api.hand_off.packet import summary_now
from api.hand_off.placing import clues_of
from api.store.tables import Article, ArticleVersion, Conversation, Suggestion, SuggestionFeedback
from api.store.tables import SuggestionSet as Found

MOST_TAGS = 8
LOOKED_AT = 300  # chats, the latest, whose tags are offered


@dataclass(frozen=True, slots=True)
class WrapUp:
    """How a chat ended, as its agent says."""

    solved: bool | None = None
    topic: str | None = None
    tags: Sequence[str] = ()  # added to those it has


@dataclass(frozen=True, slots=True)
class Ending:
    """What an agent is offered when a chat ends."""

    brief: list[BriefLine]
    topic: str | None  # the most likely one
    topics: list[str]  # all there are
    tags: list[str]  # often used, the most often first


def close(session: Session, conversation_id: str, wrap_up: WrapUp, *, agent_id: str, now: datetime) -> Conversation:
    """End a conversation and keep how it ended.

    Raises:
        ApiError: 409, another agent holds it.
    """
    hand_off = ownership.open_hand_off(session, conversation_id)
    conversation = ownership.close(session, conversation_id, agent_id=agent_id, at=now)
    if hand_off is not None:
        hand_off.solved, hand_off.topic = wrap_up.solved, wrap_up.topic
        hand_off.summary = sentence_of(summary_now(session, conversation))
    if wrap_up.tags:
        set_tags(session, conversation_id, [*(conversation.tags or ()), *wrap_up.tags], now=now)
    return conversation


def ending_of(session: Session, conversation: Conversation, desk: Desk) -> Ending:
    """Return what to begin a wrap-up with: the brief, the likely topic, and what may be chosen instead."""
    topics = topics_of(session, conversation.kb, desk)
    likely = _sent_about(session, conversation.id) + [
        clue for clue in clues_of(session, conversation).topics if clue in topics
    ]
    return Ending(
        brief=summary_now(session, conversation),
        topic=next((one for one in likely if one in topics), None),
        topics=topics,
        tags=_frequent_tags(session),
    )


def topics_of(session: Session, kb: str, desk: Desk) -> list[str]:
    """Return what a chat may be about: the categories of the articles, and the topics of departments, by name."""
    categories = session.scalars(
        select(ArticleVersion.category)
        .join(
            Article,
            (Article.kb == ArticleVersion.kb)
            & (Article.article_id == ArticleVersion.article_id)
            & (Article.version == ArticleVersion.version),
        )
        .where(Article.kb == kb, Article.deleted_at.is_(None), ArticleVersion.category != "")
        .distinct()
    )
    claimed = [topic for department in desk.departments.values() for topic in department.topics]
    return sorted({*categories, *claimed}, key=str.casefold)


def _sent_about(session: Session, conversation_id: str) -> list[str]:
    """Return the categories of the articles an agent answered with, the latest first."""
    return list(
        session.scalars(
            select(ArticleVersion.category)
            .join(
                Article,
                (Article.kb == ArticleVersion.kb)
                & (Article.article_id == ArticleVersion.article_id)
                & (Article.version == ArticleVersion.version),
            )
            .join(Suggestion, Suggestion.article_id == Article.article_id)
            .join(Found, (Found.id == Suggestion.suggestion_set_id) & (Found.kb == Article.kb))
            .join(SuggestionFeedback, SuggestionFeedback.suggestion_id == Suggestion.id)
            .where(Found.conversation_id == conversation_id, SuggestionFeedback.sent.is_(True))
            .order_by(SuggestionFeedback.updated_at.desc())
        )
    )


def _frequent_tags(session: Session) -> list[str]:
    rows = session.scalars(select(Conversation.tags).order_by(Conversation.last_message_at.desc()).limit(LOOKED_AT))
    counted = Counter(str(tag) for tags in rows for tag in tags or ())
    return [tag for tag, _ in counted.most_common(MOST_TAGS)]
