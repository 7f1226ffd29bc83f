"""What an administrator says a message means, and what is learnt from it: an example, a question, or only a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.articles.catalogue import add_question, current_article, discard_draft, remove_question, versions_of
from api.errors import ApiError, not_found
from api.privacy.masking import masked
from api.review.confirmed import confirm_pair, take_back_pairs
from api.review.drafts import draft_for, drafted_by
from api.review.pairs import pair_of
from api.security.audit import record_audit
from api.store.ids import new_id
from api.store.tables import Agent, Conversation, Intent, Label, Message, TrainingExample
from api.strings.catalogue import say

LONGEST_EXAMPLE = 2_000  # what the models read of a message
LONGEST_QUESTION = 500  # what an article keeps of one
ASK = "ask"  # the intent of whatever is to be looked up in the articles
OUT_OF_SCOPE = "out_of_scope"  # the intent whose examples teach what is none of our business
MISSING = "missing"  # the verdict on a question that no article answers


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
    labelled_question_id: str | None = None  # of a confirmed pair
    draft_id: str | None = None  # of the article drafted from what an agent answered


@dataclass(frozen=True, slots=True)
class Writer:
    """Who labels, and when."""

    agent_id: str
    now: datetime
    batch: str | None = None  # labels given at one stroke share it

    @property
    def actor(self) -> str:
        """Its name in the audit log."""
        return f"agent:{self.agent_id}"


def standing_label(session: Session, message_id: str) -> Label | None:
    """Return the label of a message that counts: the newest one that was not taken back."""
    return session.scalar(
        select(Label)
        .where(Label.message_id == message_id, Label.undone_at.is_(None))
        .order_by(Label.created_at.desc(), Label.id)
        .limit(1)
    )


def check_unchanged(session: Session, message_id: str, seen: str | None) -> None:
    """Refuse to write over what somebody else said meanwhile.

    Args:
        session: the transaction.
        message_id: the message.
        seen: the label its reader saw; None for none.

    Raises:
        ApiError: 409, another label counts by now; the message says whose.
    """
    standing = standing_label(session, message_id)
    if (standing.id if standing else None) == seen:
        return
    name = session.scalar(select(Agent.name).where(Agent.id == standing.agent_id)) if standing else None
    raise ApiError(409, "labelled_meanwhile", say("review.labelled_meanwhile", name=name or say("review.somebody")))


def label_message(session: Session, message_id: str, meaning: Meaning, writer: Writer) -> Learnt:
    """Store a label and learn from it; what an earlier label of the same message taught is taken back.

    Raises:
        ApiError: 404 for an unknown message or article, 422 for an unknown intent or a message no customer wrote.
    """
    message = session.get(Message, message_id)
    if message is None:
        raise not_found("This message")
    if message.sender != "customer":
        raise ApiError(422, "not_a_customer_message", say("review.not_a_customer"))
    labels = session.scalars(select(Label).where(Label.message_id == message.id)).all()
    _take_back(session, message, labels, meaning, writer)
    label = Label(
        id=new_id(),
        message_id=message_id,
        intent=meaning.intent,
        article_id=meaning.article_id,
        verdict=meaning.verdict,
        agent_id=writer.agent_id,
        batch=writer.batch,
        created_at=writer.now,
    )
    session.add(label)
    learnt = _teach(session, message, label, writer)
    details: dict[str, Any] = {"intent": meaning.intent, "article": meaning.article_id, "verdict": meaning.verdict}
    record_audit(session, writer.actor, "label", at=writer.now, subject=message_id, details=details)
    return learnt


def undo_label(session: Session, label_id: str, writer: Writer) -> Label | None:
    """Take a label back with what it taught; the one before it counts again and is returned, None when there is none.

    Raises:
        ApiError: 404 for an unknown label, 409 for one that does not count any more.
    """
    label = session.get(Label, label_id)
    if label is None:
        raise not_found("This label")
    standing = standing_label(session, label.message_id)
    if standing is None or standing.id != label.id:
        raise ApiError(409, "label_replaced", say("review.label_replaced"))
    message = session.get_one(Message, label.message_id)
    _take_back(session, message, [label], Meaning(), writer)
    label.undone_at, label.undone_by = writer.now, writer.actor
    session.flush()
    before = standing_label(session, label.message_id)
    if before is not None:
        _teach(session, message, before, writer)
    record_audit(session, writer.actor, "undo_label", at=writer.now, subject=label.message_id)
    return before


def labels_of_batch(session: Session, batch: str) -> Sequence[Label]:
    """Return the labels given at one stroke that still stand."""
    return session.scalars(
        select(Label).where(Label.batch == batch, Label.undone_at.is_(None)).order_by(Label.id)
    ).all()


def _teach(session: Session, message: Message, label: Label, writer: Writer) -> Learnt:
    example = _example_for(session, label, message, writer.now)
    question = _confirmed(session, label, message, writer)
    version = None
    if label.article_id is not None and question is None:
        version = _ask_of_article(session, label.article_id, message, writer)
    draft = draft_for(session, message, by=writer.actor, now=writer.now) if label.verdict == MISSING else None
    return Learnt(label, example, version, question, draft)


def _confirmed(session: Session, label: Label, message: Message, writer: Writer) -> str | None:
    """Keep the pair a label agrees with as a labelled question; None when answer records speak for none."""
    pair = pair_of(session, message) if label.article_id is not None else None
    if pair is None or pair.suggestion.article_id != label.article_id:
        return None
    kb = session.get_one(Conversation, message.conversation_id).kb
    if current_article(session, kb, pair.suggestion.article_id) is None:
        raise not_found("This article")
    return confirm_pair(session, label, kb, question_of(session, message), by=writer.actor).id


def _take_back(session: Session, message: Message, labels: Sequence[Label], meaning: Meaning, writer: Writer) -> None:
    """Undo what labels of a message taught: examples, pairs, the questions they gave to articles, drafts."""
    session.execute(
        update(TrainingExample)
        .where(TrainingExample.source.in_([f"label:{label.id}" for label in labels]))
        .where(TrainingExample.deleted_at.is_(None))
        .values(deleted_at=writer.now)
    )
    take_back_pairs(session, labels, by=writer.actor, now=writer.now)
    kb = session.get_one(Conversation, message.conversation_id).kb
    for label in labels:
        if label.verdict == MISSING:
            for article_id in drafted_by(session, kb, label):
                discard_draft(session, (kb, article_id), by=writer.actor, now=writer.now)
        if label.article_id is None or label.article_id == meaning.article_id:
            continue
        article = current_article(session, kb, label.article_id)
        # A label that added its question did so in a version of the same moment; an older question stays.
        added = any(v.created_at == label.created_at for v in versions_of(session, kb, label.article_id))
        if article is not None and added:
            remove_question(session, article, question_of(session, message), by=writer.actor, now=writer.now)


def question_of(session: Session, message: Message) -> str:
    """Return what an article is taught from a message, without personal data."""
    return example_of(session, message)[:LONGEST_QUESTION]


def example_of(session: Session, message: Message) -> str:
    """Return what a model is taught from a message: one line, without personal data."""
    name = session.get_one(Conversation, message.conversation_id).customer_name
    return _one_line(masked(message.text, [name]))


def _example_for(session: Session, label: Label, message: Message, now: datetime) -> str | None:
    """Add the training example a label stands for; None when it teaches the classifier nothing."""
    intent = label.intent
    if label.article_id is not None or label.verdict == MISSING:
        intent = ASK  # a question has to be looked up, whatever it was mistaken for
    elif label.verdict == "not_for_us":
        intent = OUT_OF_SCOPE
    if intent is None:
        return None
    row = session.get(Intent, intent)
    if row is None or row.deleted_at is not None:
        if label.intent is None:
            return None
        raise ApiError(422, "unknown_intent", say("review.unknown_intent", intent=intent))
    text = example_of(session, message)
    example = TrainingExample(intent=intent, text=text, source=f"label:{label.id}", created_at=now)
    session.add(example)
    session.flush()
    return example.id


def _ask_of_article(session: Session, article_id: str, message: Message, writer: Writer) -> int:
    kb = session.get_one(Conversation, message.conversation_id).kb
    article = current_article(session, kb, article_id)
    if article is None:
        raise not_found("This article")
    return add_question(session, article, question_of(session, message), by=writer.actor, now=writer.now).version


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_EXAMPLE]
