"""What speaks for pages: how near a question is to each of them, and how many of its words they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kb_index.conversation import Asked
from kb_index.encoder import Vectors
from kb_index.index import Index
from kb_index.lexical import Scores
from kb_index.vectors import Rows

LASTING = 6  # kinds of evidence that count for questions of any length, before those for short ones
FULL_COVERAGE = 0.5
FULL_PAIRS = 3.0  # rare pairs that a page must hold for pairs to be fully trusted
FULL_LENGTH = 10.0  # terms in a conversation from which nothing is weighed by its being short
SHORT_WORDS = 0.3  # what words of the shortest question count for, against those of a long one
SENTENCES_READ = 40  # pages whose sentences are compared with a short question
NEAREST = 400  # passages taken by cosine and by words each, before anything finer; all of them in a small index


@dataclass(frozen=True, slots=True)
class Query:
    """A question in the forms ranking needs."""

    asked: Asked
    vectors: Vectors  # shape (2, dim): the last turn, the conversation
    words: tuple[dict[str, float], dict[str, float]]  # term weights of the same two
    pairs: dict[str, float]  # weights of pairs of neighbouring terms in the conversation

    @property
    def shortness(self) -> float:
        """How much of `FULL_LENGTH` is missing in what was said, in [0, 1]; 1 from `SHORT_WORDS` of it down."""
        length = sum(self.words[1].values()) / FULL_LENGTH
        return min(1.0, max(0.0, (1.0 - length) / (1.0 - SHORT_WORDS)))

    @property
    def is_whole(self) -> bool:
        """Whether the last turn is all that the customer has said, so that both vectors are one."""
        return bool((self.vectors[0] == self.vectors[1]).all())

    @classmethod
    def of(cls, asked: Asked, vectors: Vectors) -> Query:
        """Put a question together with the vectors of its last turn and of its conversation."""
        words = (asked.question_weights(), asked.conversation_weights())
        return cls(asked, vectors, words, asked.conversation_pairs())


def page_evidence(index: Index, query: Query) -> npt.NDArray[np.float64]:
    """Return the kinds of evidence for every article, shape (8, articles), each 0 or more.

    Those of `lasting_evidence`; for a short question its cosine to the page's best sentence and to its first passage,
    which are 0 for a long one.
    """
    evidence = np.zeros((LASTING + 2, len(index.articles)))
    evidence[:LASTING] = lasting_evidence(index, query)
    if query.shortness and index.listed_share < 1.0:
        evidence[LASTING] = nearest_sentences(index, query.vectors[1], likely_pages(evidence))
        openings = index.passage_vectors.similarities(query.vectors[1:], index.openings)[0]
        evidence[LASTING + 1, index.passages[index.openings, 0]] = np.maximum(openings, 0.0)
    return evidence


def lasting_evidence(index: Index, query: Query) -> npt.NDArray[np.float64]:
    """Return the kinds of evidence that count for questions of any length, shape (6, articles), each 0 or more.

    Cosine of the best passage, its BM25, BM25 of the whole page, cosine of the last turn to what the page is asked for
    by, what the regression over customers' own words says, and BM25 of the whole page by pairs of words.
    """
    articles = len(index.articles)
    evidence = np.zeros((LASTING, articles))
    passage_scores = index.passage_words.scores(query.words[1])
    rows = candidates(index, query, passage_scores)
    cosines = index.passage_vectors.similarities(query.vectors[1:], rows)[0]
    evidence[0] = best_of_pages(index, rows, cosines)
    evidence[1] = best_of_pages(index, np.arange(len(index.passages)), passage_scores)
    evidence[2] = index.article_words.scores(query.words[1])
    np.maximum.at(evidence[3], index.question_articles, index.question_vectors @ query.vectors[0])
    evidence[4] = index.taught.evidence(query.vectors[0], articles)
    evidence[5] = index.article_pairs.scores(query.pairs)
    return evidence


def likely_pages(evidence: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the `SENTENCES_READ` pages nearest by their best passage and its words."""
    order: npt.NDArray[np.int64] = np.argsort(-shares(evidence[:2]).sum(axis=0), kind="stable")[:SENTENCES_READ]
    return order


def nearest_sentences(index: Index, vector: Vectors, pages: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the cosine of a vector to the best sentence of some pages, 0 or more; 0 for the others."""
    rows = np.flatnonzero(np.isin(index.passages[:, 0], pages))
    return best_of_pages(index, rows, best_sentences(index, vector, rows) if len(rows) else np.empty(0))


def best_sentences(index: Index, vector: Vectors, rows: Rows) -> npt.NDArray[np.float64]:
    """Return, for each passage (at least one, in order), the cosine of its nearest unit to a vector.

    Passages that follow one another have units that do: they are compared where they lie, nothing is copied.
    """
    first, last = index.passages[rows, 1], index.passages[rows, 2]
    runs = np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) != 1) + 1)
    cosines = np.concatenate([index.unit_vectors[first[run[0]] : last[run[-1]] + 1] @ vector for run in runs])
    starts = np.cumsum(np.r_[0, last - first + 1])[:-1]
    return np.maximum.reduceat(cosines, starts).astype(np.float64)


def best_of_pages(index: Index, rows: Rows, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the greatest value among some passages of each article, 0 or more; 0 for an article without any.

    Args:
        index: what is searched.
        rows: passages, in order.
        values: one for each of them.
    """
    best = np.zeros(len(index.articles))
    if len(rows):
        owners = index.passages[rows, 0]
        starts = np.flatnonzero(np.r_[True, np.diff(owners) != 0])
        best[owners[starts]] = np.maximum(np.maximum.reduceat(values, starts), 0.0)
    return best


def candidates(index: Index, query: Query, passage_scores: Scores) -> Rows:
    """Return the passages worth a closer look: near to the question or the conversation, or sharing their words."""
    size = index.passage_vectors.size
    if size <= 4 * NEAREST:
        return np.arange(size)
    vectors = query.vectors[: 1 if query.is_whole else 2]
    near = [index.passage_vectors.nearest(vector, NEAREST)[0] for vector in vectors]
    worded = np.argpartition(-passage_scores, NEAREST)[:NEAREST]
    return np.unique(np.concatenate([*near, worded]))


def word_trust(index: Index, query: Query, evidence: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return a factor for each kind of evidence: words that even the best text hardly holds count less.

    Full trust from `FULL_COVERAGE` of the score that a text holding every word would have, and from
    `FULL_PAIRS` rare pairs.
    """
    ceilings = [max(words.ceiling(query.words[1]), 1e-9) for words in (index.passage_words, index.article_words)]
    trust = [min(1.0, evidence[row + 1].max() / ceiling / FULL_COVERAGE) for row, ceiling in enumerate(ceilings)]
    pairs = min(1.0, evidence[5].max() / FULL_PAIRS / max(index.article_pairs.rare, 1e-9))
    return np.array([1.0, *trust, 1.0, 1.0, pairs, *(1.0,) * (len(evidence) - LASTING)])


def by_length(index: Index, query: Query) -> npt.NDArray[np.float64]:
    """Return a factor for each kind of evidence: of a short question words count less, sentences and openings more.

    Not as far as articles list questions: these say better what a short one means.
    """
    shortness = query.shortness
    words = 1.0 - (1.0 - SHORT_WORDS) * shortness * (1.0 - index.listed_share)
    return np.array([1.0, words, words, 1.0, 1.0, words, shortness, shortness])


def shares(evidence: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Divide each row by its greatest value, so that the kinds can be added; a row of zeros stays."""
    greatest = evidence.max(axis=-1, keepdims=True)
    share: npt.NDArray[np.float64] = np.divide(evidence, greatest, out=np.zeros_like(evidence), where=greatest > 0)
    return share
