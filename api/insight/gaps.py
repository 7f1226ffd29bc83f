"""What customers asked and nothing answered: together by meaning, the costliest first, with agents' real answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.desk.pages import PageEnd
from api.insight.period import Period
from api.privacy.masking import masked
from api.review.candidates import Candidate, candidates
from api.review.clusters import Cluster, Vectors, clusters
from api.review.drafts import answers_to, drafted_by
from api.store.tables import Conversation, Label, Message

MOST_READ = 1_000  # messages worth a look, the newest of the period
MOST_SHOWN = 25  # gaps
MOST_ANSWERS = 3
UNANSWERED = frozenset({"fallback", "clarify"})
NOT_FOUND = frozenset({"offer_person", "none"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent answered, personal data masked."""

    conversation_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that no article answers."""

    cluster: Cluster
    answers: tuple[Answer, ...]
    draft_id: str | None  # the article that is drafted for it


def gaps_of(session: Session, period: Period, vectors: Vectors) -> list[Gap]:
    """Return the gaps of a period, the costliest first; what was labelled otherwise than missing is none any more."""
    end = PageEnd(period.end, "")
    found = candidates(session, labelled=None, before=end, limit=MOST_READ)
    unanswered = [one for one in found if one.message.created_at >= period.start and is_unanswered(one)]
    return [_gap(session, cluster) for cluster in clusters(unanswered, vectors)[:MOST_SHOWN]]


def is_unanswered(one: Candidate) -> bool:
    """Say whether a message got no answer, or one that the customer rejected, and nobody has dealt with it since."""
    if one.labels and one.labels[0].verdict != "missing":
        return False
    if "rejected" in one.reasons:
        return True
    if one.turn is None or one.turn.mode == "observe" or one.turn.outcome in {"form", "response", "answer"}:
        return False
    return one.turn.outcome in UNANSWERED or (one.found is not None and one.found.decision in NOT_FOUND)


def _gap(session: Session, cluster: Cluster) -> Gap:
    answers: list[Answer] = []
    for one in cluster.candidates:
        if len(answers) < MOST_ANSWERS and (said := answers_to(session, one.message)):
            answers.append(Answer(one.message.conversation_id, masked("\n".join(said), one.names)))
    return Gap(cluster, tuple(answers), _draft(session, [one.message for one in cluster.candidates]))


def _draft(session: Session, messages: Sequence[Message]) -> str | None:
    ids = [message.id for message in messages]
    labels = session.scalars(
        select(Label).where(Label.message_id.in_(ids), Label.verdict == "missing", Label.undone_at.is_(None))
    ).all()
    for label in labels:
        message = next(one for one in messages if one.id == label.message_id)
        kb = session.get_one(Conversation, message.conversation_id).kb
        if drafted := drafted_by(session, kb, label):
            return drafted[0]
    return None
