"""What a message most likely means: the labels of the sentences that lie nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.articles.catalogue import current_articles
from api.review.clusters import Vectors
from api.store.tables import Intent, TrainingExample

NEAREST = 5  # neighbours that are asked
LEAST_ALIKE = 0.4  # cosine below which a neighbour says nothing
MOST = 3  # labels to offer


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence whose meaning is known."""

    text: str
    kind: Literal["intent", "article"]
    name: str  # of the intent, or the article's id


@dataclass(frozen=True, slots=True)
class Likely:
    """A label that the nearest sentences speak for."""

    kind: Literal["intent", "article"]
    name: str
    similarity: float  # of its nearest sentence, in [-1, 1]
    example: str  # that sentence


def known_sentences(session: Session, kb: str) -> list[Sentence]:
    """Return the training examples of other intents than `ask`, and the articles' questions and titles."""
    living = set(session.scalars(select(Intent.name).where(Intent.deleted_at.is_(None), Intent.name != "ask")))
    rows = session.execute(
        select(TrainingExample.text, TrainingExample.intent)
        .where(TrainingExample.deleted_at.is_(None), TrainingExample.held_out.is_(False))
        .order_by(TrainingExample.intent, TrainingExample.text)
    )
    found = [Sentence(text, "intent", intent) for text, intent in rows if intent in living]
    for article in current_articles(session, kb, audience="public"):
        found += [Sentence(text, "article", article.article_id) for text in (article.title, *(article.questions or ()))]
    return found


def likely_labels(middle: np.ndarray, sentences: Sequence[Sentence], vectors: Vectors) -> list[Likely]:
    """Return the labels the nearest sentences speak for, likeliest first; empty when none is near.

    Args:
        middle: the vector of what was said, unit length.
        sentences: from `known_sentences`.
        vectors: encodes them.
    """
    if not sentences:
        return []
    similarity = vectors([sentence.text for sentence in sentences]) @ middle
    votes: dict[tuple[Literal["intent", "article"], str], list[int]] = {}
    for place in np.argsort(-similarity, kind="stable")[:NEAREST]:
        if similarity[place] >= LEAST_ALIKE:
            votes.setdefault((sentences[place].kind, sentences[place].name), []).append(int(place))
    ranked = sorted(votes.items(), key=lambda vote: -sum(float(similarity[place]) for place in vote[1]))
    return [
        Likely(kind, name, round(float(similarity[places[0]]), 4), sentences[places[0]].text)
        for (kind, name), places in ranked[:MOST]
    ]
