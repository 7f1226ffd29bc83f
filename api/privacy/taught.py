"""What a customer's messages taught: training examples, questions of articles, drafts. Erasing takes it all away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.privacy.holdings import examples_of, labels_of, pairs_of
from api.review.labels import question_of
from api.store.tables import (
    Article,
    ArticleVersion,
    Conversation,
    Label,
    LabelledQuestion,
    Message,
    QuestionVersion,
    TrainingExample,
)
from api.worker.phrasings import TAUGHT


@dataclass(frozen=True, slots=True)
class Taught:
    """What was taken away.

    Attributes:
        examples: texts of training examples; models that learnt them know them still.
        questions: how many wordings of articles lost a question.
        drafts: articles that were only a draft made of the conversation, and are gone.
        articles: published articles whose text was drafted from an answer in it; a person should read them again.
        knowledge_bases: those whose index has to be built anew.
    """

    examples: tuple[str, ...]
    questions: int
    drafts: tuple[str, ...]
    articles: tuple[str, ...]
    knowledge_bases: tuple[str, ...]


def unteach(session: Session, conversation_ids: Sequence[str]) -> Taught:
    """Take away everything that the messages of conversations taught, from the history too."""
    labels = labels_of(session, conversation_ids)
    examples = examples_of(session, labels)
    session.execute(delete(TrainingExample).where(TrainingExample.id.in_([row.id for row in examples])))
    bases = _forget_pairs(session, labels)
    questions, drafts, published = 0, set[str](), set[str]()
    for label in labels:
        message = session.get_one(Message, label.message_id)
        kb = session.get_one(Conversation, message.conversation_id).kb
        asked = {_folded(question_of(session, message)), _folded(message.text[:500])}
        for article_id in _taught_by(session, kb, label):
            lost = _forget_question(session, (kb, article_id), asked)
            questions += lost
            if label.article_id is None:  # drafted from what an agent answered
                (drafts if _drop_unpublished(session, (kb, article_id)) else published).add(article_id)
            if lost:
                bases.add(kb)
    texts = tuple(dict.fromkeys(row.text for row in examples))
    return Taught(texts, questions, tuple(sorted(drafts)), tuple(sorted(published)), tuple(sorted(bases)))


def _forget_pairs(session: Session, labels: Sequence[Label]) -> set[str]:
    """Remove the pairs that labels confirmed, with their history; return the knowledge bases that ever learnt one."""
    versions, rows = pairs_of(session, labels)
    pairs: list[QuestionVersion | LabelledQuestion] = [*versions, *rows]
    bases = {row.kb for row in pairs if row.split == TAUGHT}
    for row in pairs:
        session.delete(row)
    session.flush()
    return bases


def _taught_by(session: Session, kb: str, label: Label) -> Iterable[str]:
    """Return the articles that have a wording a label made: of its moment, and by its hand."""
    rows = select(ArticleVersion.article_id).where(
        ArticleVersion.kb == kb,
        ArticleVersion.created_at == label.created_at,
        ArticleVersion.created_by == f"agent:{label.agent_id}",
    )
    return session.scalars(rows.distinct()).all()


def _forget_question(session: Session, key: tuple[str, str], asked: set[str]) -> int:
    """Take a question out of every wording an article ever had, the one exception to never changing them."""
    versions = session.scalars(
        select(ArticleVersion).where(ArticleVersion.kb == key[0], ArticleVersion.article_id == key[1])
    ).all()
    lost = 0
    for version in versions:
        kept = [question for question in version.questions or () if _folded(question) not in asked]
        if len(kept) < len(version.questions or ()):
            version.questions = kept
            lost += 1
    return lost


def _drop_unpublished(session: Session, key: tuple[str, str]) -> bool:
    article = session.get(Article, key)
    if article is None or article.version > 0:
        return False
    session.execute(delete(ArticleVersion).where(ArticleVersion.kb == key[0], ArticleVersion.article_id == key[1]))
    session.delete(article)
    return True


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def texts_of(session: Session, conversation_ids: Sequence[str]) -> tuple[str, ...]:
    """Return what the customer wrote in conversations, in order, each text once."""
    rows = session.scalars(
        select(Message.text)
        .where(Message.conversation_id.in_(conversation_ids), Message.sender == "customer")
        .order_by(Message.created_at, Message.seq)
    )
    return tuple(dict.fromkeys(rows))


def since(session: Session, conversation_ids: Sequence[str]) -> datetime | None:
    """Return when the first of some conversations began."""
    return session.scalar(
        select(Conversation.created_at)
        .where(Conversation.id.in_(conversation_ids))
        .order_by(Conversation.created_at)
        .limit(1)
    )
