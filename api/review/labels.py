"""What an administrator says a message means, and what is learnt from it: an example, a question, or only a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.articles.catalogue import add_question, current_article, remove_question, versions_of
from api.errors import ApiError, not_found
from api.security.audit import record_audit
from api.store.ids import new_id
from api.store.tables import Conversation, Intent, Label, Message, TrainingExample
from api.strings.catalogue import say

LONGEST_EXAMPLE = 2_000  # what the models read of a message
LONGEST_QUESTION = 500  # what an article keeps of one
ASK = "ask"  # the intent of whatever is to be looked up in the articles
OUT_OF_SCOPE = "out_of_scope"  # the intent whose examples teach what is none of our business


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message means; exactly one of the three is given."""

    intent: str | None = None
    article_id: str | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Learnt:
    """A label and what became of it."""

    label: Label
    training_example_id: str | None
    article_version: int | None


def label_message(session: Session, message_id: str, meaning: Meaning, *, agent_id: str, now: datetime) -> Learnt:
    """Store a label and learn from it; what an earlier label of the same message taught is taken back.

    Raises:
        ApiError: 404 for an unknown message or article, 422 for an unknown intent or a message no customer wrote.
    """
    message = session.get(Message, message_id)
    if message is None:
        raise not_found("This message")
    if message.sender != "customer":
        raise ApiError(422, "not_a_customer_message", say("review.not_a_customer"))
    _take_back(session, message, meaning, by=f"agent:{agent_id}", now=now)
    label = Label(
        id=new_id(),
        message_id=message_id,
        intent=meaning.intent,
        article_id=meaning.article_id,
        verdict=meaning.verdict,
        agent_id=agent_id,
        created_at=now,
    )
    session.add(label)
    actor = f"agent:{agent_id}"
    example = _example_for(session, meaning, message, label.id, now)
    version = _ask_of_article(session, meaning.article_id, message, actor, now) if meaning.article_id else None
    record_audit(
        session,
        actor,
        "label",
        at=now,
        subject=message_id,
        details={"intent": meaning.intent, "article": meaning.article_id, "verdict": meaning.verdict},
    )
    return Learnt(label, example, version)


def _take_back(session: Session, message: Message, meaning: Meaning, *, by: str, now: datetime) -> None:
    """Undo what earlier labels of a message taught: their examples, and the questions they gave to other articles."""
    labels = session.scalars(select(Label).where(Label.message_id == message.id)).all()
    session.execute(
        update(TrainingExample)
        .where(TrainingExample.source.in_([f"label:{label.id}" for label in labels]))
        .where(TrainingExample.deleted_at.is_(None))
        .values(deleted_at=now)
    )
    kb = session.get_one(Conversation, message.conversation_id).kb
    for label in labels:
        if label.article_id is None or label.article_id == meaning.article_id:
            continue
        article = current_article(session, kb, label.article_id)
        # A label that added its question did so in a version of the same moment; an older question stays.
        added = any(v.created_at == label.created_at for v in versions_of(session, kb, label.article_id))
        if article is not None and added:
            remove_question(session, article, _question(message), by=by, now=now)


def _question(message: Message) -> str:
    return _one_line(message.text)[:LONGEST_QUESTION]


def _example_for(session: Session, meaning: Meaning, message: Message, label_id: str, now: datetime) -> str | None:
    """Add the training example a label stands for; None when it teaches the classifier nothing."""
    intent = meaning.intent
    if meaning.article_id is not None:
        intent = ASK  # an article's question has to be looked up, whatever it was mistaken for
    elif meaning.verdict == "not_for_us":
        intent = OUT_OF_SCOPE
    if intent is None:
        return None
    row = session.get(Intent, intent)
    if row is None or row.deleted_at is not None:
        if meaning.intent is None:
            return None
        raise ApiError(422, "unknown_intent", say("review.unknown_intent", intent=intent))
    example = TrainingExample(intent=intent, text=_one_line(message.text), source=f"label:{label_id}", created_at=now)
    session.add(example)
    session.flush()
    return example.id


def _ask_of_article(session: Session, article_id: str, message: Message, actor: str, now: datetime) -> int:
    kb = session.get_one(Conversation, message.conversation_id).kb
    article = current_article(session, kb, article_id)
    if article is None:
        raise not_found("This article")
    return add_question(session, article, _question(message), by=actor, now=now).version


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_EXAMPLE]
