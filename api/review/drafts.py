"""Drafts of missing articles, made of what an agent really answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.articles.catalogue import Wording, drafted_article, save_article, versions_of
from api.privacy.masking import masked
from api.store.tables import Article, ArticleVersion, Conversation, Label, Message

LONGEST_TITLE = 90
LONGEST_SLUG = 60
LATER_LINES = 40  # of the conversation in which the agent may answer


def draft_for(session: Session, message: Message, *, by: str, now: datetime) -> str | None:
    """Draft the article a customer's question wanted, from the agent's answer to it.

    Personal data is masked. A question that has a draft already adds to it.

    Returns:
        The draft's article id; None when no agent answered.
    """
    conversation = session.get_one(Conversation, message.conversation_id)
    answer = "\n\n".join(answers_to(session, message))
    if not answer:
        return None
    names = [conversation.customer_name]
    question = masked(" ".join(message.text.split()), names)[:500]
    article_id = _free_slug(session, conversation.kb, question)
    before = drafted_article(session, conversation.kb, article_id)
    if before is not None and question in (before.questions or ()):
        return article_id
    title = question[:LONGEST_TITLE].rstrip(" ?!.").capitalize() or "Untitled"
    wording = Wording(title, masked(answer, names), (question,))
    save_article(session, (conversation.kb, article_id), wording, by=by, now=now, draft=True)
    return article_id


def drafted_by(session: Session, kb: str, label: Label) -> Sequence[str]:
    """Return the articles whose draft a label made and nobody has written to since."""
    return session.scalars(
        select(Article.article_id)
        .join(
            ArticleVersion,
            (ArticleVersion.kb == Article.kb)
            & (ArticleVersion.article_id == Article.article_id)
            & (ArticleVersion.version == Article.draft),
        )
        .where(
            Article.kb == kb,
            Article.version == 0,
            ArticleVersion.created_at == label.created_at,
            ArticleVersion.created_by == f"agent:{label.agent_id}",
        )
    ).all()


def answers_to(session: Session, message: Message) -> list[str]:
    """Return what agents said after a message, up to what the customer said next."""
    lines = session.scalars(
        select(Message)
        .where(Message.conversation_id == message.conversation_id, Message.seq > message.seq)
        .where(Message.sender.in_(("agent", "customer")))
        .order_by(Message.seq)
        .limit(LATER_LINES)
    ).all()
    said: list[str] = []
    for line in lines:
        if line.sender == "agent":
            said.append(line.text.strip())
        elif said:
            break
    return [text for text in said if text]


def _free_slug(session: Session, kb: str, question: str) -> str:
    """Return an id made of the question that no published article has."""
    plain = re.sub(r"[^a-z0-9]+", "-", question.casefold()).strip("-")
    base = plain[:LONGEST_SLUG].rsplit("-", 1)[0] if len(plain) > LONGEST_SLUG else plain
    base = base or "untitled"
    slug, number = base, 2
    while (taken := session.get(Article, (kb, slug))) is not None and (
        taken.version > 0 or (taken.deleted_at is not None and versions_of(session, kb, slug))
    ):
        slug, number = f"{base}-{number}", number + 1
    return slug
