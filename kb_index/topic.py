"""Noticing that a customer has changed the topic, so that the old page does not hold the new question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kb_index.conversation import Asked, said_terms
from kb_index.encoder import Encoder, Vectors
from kb_index.evidence import LASTING, Query, lasting_evidence, shares, word_trust
from kb_index.index import Index
from kb_index.lexical import weights_of
from kb_index.retrieve import Weights

TURNS_COMPARED = 2  # of the customer's, the newest
TURNS_KEPT = 256  # in memory: a turn is read when it is said, and met again in the history of the next one

# Chosen on doc2dial dialogues joined to one another and on the shop's own changes of topic (docs/retrieval.md).
CHANGED = 0.9
LEAST_MISSED = 0.2  # of strength, below which the topic's own pages answer the turn, however near it is to them
HELD_PAGES = 2  # pages that the earlier turns point to most


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn read on its own."""

    vector: Vectors
    nearest: float  # cosine to the nearest passage of any article: what refers back ("and then?") is near to none
    strengths: npt.NDArray[np.float64]  # what speaks for each article, in [0, 1]


class Turns:
    """Reads turns, and remembers those it read last. Safe to share between threads."""

    def __init__(self, index: Index, encoder: Encoder, weights: Weights) -> None:
        self._index = index
        self._encoder = encoder
        factors = weights.of_pages(index)[:LASTING]
        self._factors = factors / factors.sum()  # of a turn whose words are all held
        self.read = lru_cache(maxsize=TURNS_KEPT)(self._read)

    def _read(self, text: str) -> Turn:
        query = Query.of(Asked(text), self._encoder.encode([text])[[0, 0]])
        evidence = lasting_evidence(self._index, query)
        strengths = (self._factors * word_trust(self._index, query, evidence)) @ shares(evidence)
        return Turn(query.vectors[0], float(evidence[0].max(initial=0.0)), strengths)

    def on_topic(self, asked: Asked) -> Asked:
        """Mark where the present topic begins: at the newest turn of the customer's that points elsewhere."""
        said = [(place, turn.text) for place, turn in enumerate(asked.history) if turn.speaker == "customer"]
        begins = 0
        for place, text in [*said[-TURNS_COMPARED:], (len(asked.history), asked.question)]:
            if place and self._has_changed([turn.text for turn in asked.history[begins:place]], text):
                begins = place
        return replace(asked, topic_begins=begins)

    def _has_changed(self, topic: Sequence[str], text: str) -> bool:
        """Say whether a turn speaks for itself, and for some page far more than for those of the topic.

        Judged by how much stronger that page is, plus how near any passage is: a turn that refers back is near to none.
        """
        words = weights_of([(earlier, 1.0) for earlier in topic], read=said_terms)
        if not words:
            return False
        turn = self.read(text)
        held = np.argsort(-word_strengths(self._index, words), kind="stable")[:HELD_PAGES]
        missed = turn.strengths.max() - turn.strengths[held].max()
        return bool(missed > LEAST_MISSED and missed + turn.nearest > CHANGED)


def word_strengths(index: Index, words: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """Say how much words speak for each article: in its best passage, and half as much in all of it."""
    evidence = np.zeros((2, len(index.articles)))
    np.maximum.at(evidence[0], index.passages[:, 0], index.passage_words.scores(words))
    evidence[1] = index.article_words.scores(words)
    return np.array([1.0, 0.5]) @ shares(evidence)
