"""Ranking in two stages: the conversation finds the page, the last turn finds the passage in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kb_index.cross_encoder import Reranking
from kb_index.evidence import Query, best_sentences, by_length, page_evidence, shares, word_trust
from kb_index.index import Index
from kb_index.vectors import Rows

Mask = npt.NDArray[np.bool_]

PAGES_READ = 12  # pages whose passages are compared sentence by sentence
SHARPNESS = 32.0  # of the softmax over strengths: a lead of 0.1 makes a page 25 times likelier


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each piece of evidence counts; every one is first divided by its greatest value for this question.

    Chosen on doc2dial and datatalks_faq (docs/retrieval.md). They are round numbers on purpose: the figures hardly
    move when one changes by a third.
    """

    dense: float = 2.0  # the conversation's cosine to the page's best passage
    passage_words: float = 2.0  # BM25 of the conversation in the page's best passage
    article_words: float = 1.0  # BM25 of the conversation in the whole page
    article_pairs: float = 2.0  # BM25 of its pairs of neighbouring words in the whole page
    titles: float = 0.5  # the last turn's cosine to the page's title
    # Of a short question each word may be there by chance: where no article lists questions it can be compared with,
    # what it means is compared more closely instead.
    short_sentences: float = 1.0  # its cosine to the page's best sentence
    short_opening: float = 0.5  # to its first passage, which says what a page of several is about
    # Where articles list questions, those are customers' own words: they weigh more than titles, passages' words less.
    listed_questions: float = 2.0
    listed_passage_words: float = 1.0
    # A thread of one question and its answers is asked for by that question; words it shares with others mislead.
    thread_dense: float = 1.0
    thread_words: float = 0.2  # each of the three kinds of BM25
    # Where many of their messages are known for each article, these weigh more still.
    taught_questions: float = 2.5
    taught: float = 1.0  # the regression from the last turn to the article

    last_sentence: float = 1.0  # inside a page: cosine of the last turn to the passage's best sentence
    last_passage: float = 1.0
    conversation_passage: float = 0.5
    last_words: float = 0.3
    conversation_words: float = 0.3
    heading: float = 0.2  # cosine of the last turn to the heading above the passage
    opening: float = 0.2  # for a page's first passage, when the last turn is nearer to the title than to any sentence
    page: float = 1.0  # the page's own evidence against its passages'

    def of_pages(self, index: Index) -> npt.NDArray[np.float64]:
        """Return the weights of the kinds of evidence for a page, in the order of `Standing.evidence`.

        Between knowledge bases that list no questions, list them everywhere, and hold nothing but threads: by the
        shares of such articles.
        """
        known = bool(len(index.taught_bias))
        asked, taught = (self.taught_questions, self.taught) if known else (self.listed_questions, 0.0)
        words, sentences = self.thread_words, self.short_sentences
        page, pairs, opening = self.article_words, self.article_pairs, self.short_opening * index.long_share
        kinds = np.array(
            [
                [self.dense, self.passage_words, page, self.titles, taught, pairs, sentences, opening],
                [self.dense, self.listed_passage_words, page, asked, taught, pairs, 0.0, 0.0],
                [self.thread_dense, words, words, asked, taught, words, 0.0, 0.0],
            ]
        )
        listed, threads = index.listed_share, index.thread_share
        weights: npt.NDArray[np.float64] = np.array([1.0 - listed, listed - threads, threads]) @ kinds
        return weights


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage with what speaks for it."""

    row: int
    strength: float  # comparable within one question only
    similarity: float  # cosine of the last turn to the passage or to its best sentence, whichever is greater


@dataclass(frozen=True, slots=True)
class Standing:
    """How a page stands among all others, in figures that mean the same for every question and knowledge base."""

    evidence: tuple[float, ...]  # raw, as `page_evidence` gives it
    leads: tuple[float, ...]  # of each kind: its evidence less the best other page's, as a share of the greatest
    lead: float  # of all together: its strength less the best other page's, as a share of what is possible; in [-1, 1]
    chance: float  # its share when all strengths are put through a softmax (see `SHARPNESS`), in [0, 1]
    agreement: float  # its strength as a share of what is possible, in [0, 1]: 1 where all kinds speak for it most


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page with what speaks for it, and its passages, best first."""

    article: int
    strength: float  # comparable within one question only
    standing: Standing
    passages: tuple[FoundPassage, ...]


def retrieve(
    index: Index, query: Query, weights: Weights, allowed: Mask, limit: int, *, reranking: Reranking | None = None
) -> list[FoundPage]:
    """Rank the pages of the allowed articles, best first.

    Args:
        index: what to search.
        query: the question.
        weights: how much each piece of evidence counts.
        allowed: shape (articles,), which may be found.
        limit: most pages to return.
        reranking: a cross-encoder that reads the first few pages' best passages with the question.

    Returns:
        Pages with any evidence; fewer than `limit` when there are fewer.
    """
    evidence = page_evidence(index, query)
    evidence[:, ~allowed] = 0.0
    factors = weights.of_pages(index) * word_trust(index, query, evidence) * by_length(index, query)
    strengths = factors @ shares(evidence)
    possible = max(float(factors.sum()), 1e-9)
    order = np.argsort(-strengths, kind="stable")[:limit]
    pages = [int(row) for row in order if strengths[row] > 0]
    passages = rank_passages(index, query, weights, pages[:PAGES_READ])
    if reranking is not None and reranking.weight and pages:
        add_reranking(index, query, reranking, strengths, [passages[page][0].row for page in pages if page in passages])
        possible += reranking.weight
        pages.sort(key=lambda page: -strengths[page])
    standings = standings_of(evidence, strengths / possible, pages)
    return [
        FoundPage(row, float(strengths[row]), standing, passages.get(row, ()))
        for row, standing in zip(pages, standings, strict=True)
    ]


def add_reranking(
    index: Index, query: Query, reranking: Reranking, strengths: npt.NDArray[np.float64], rows: Sequence[int]
) -> None:
    """Add to the strengths of pages what a cross-encoder says of their best passages.

    Args:
        index: what is searched.
        query: the question.
        reranking: the cross-encoder.
        strengths: of all pages; changed in place.
        rows: the best passage of each of the first pages, best page first.
    """
    rows = rows[: reranking.judge.candidates]
    owners = index.passages[rows, 0]
    texts = [
        f"{index.articles[owner].title}\n{index.passage_text(row)}" for owner, row in zip(owners, rows, strict=True)
    ]
    strengths[owners] += reranking.weight * reranking.evidence(query.asked.conversation(), texts)


def standings_of(
    evidence: npt.NDArray[np.float64], strengths: npt.NDArray[np.float64], pages: Sequence[int]
) -> list[Standing]:
    """Say how pages stand among all.

    Args:
        evidence: shape (kinds, articles), each 0 or more.
        strengths: shape (articles,), shares of what is possible.
        pages: the articles asked about.
    """
    leads = leads_of(np.vstack([shares(evidence), strengths]))
    exponents = np.exp(SHARPNESS * (strengths - strengths.max(initial=0.0)))
    chances = exponents / max(float(exponents.sum()), 1e-9)
    return [
        Standing(
            evidence=tuple(evidence[:, page].tolist()),
            leads=tuple(leads[:-1, page].tolist()),
            lead=float(leads[-1, page]),
            chance=float(chances[page]),
            agreement=float(strengths[page]),
        )
        for page in pages
    ]


def leads_of(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return, row by row, each value less the greatest of the others (0 where it is alone)."""
    if values.shape[1] < 2:
        return np.zeros_like(values)
    places = values.argmax(axis=1)
    rows = np.arange(len(values))
    others = np.repeat(values.max(axis=1, keepdims=True), values.shape[1], axis=1)
    without = values.copy()
    without[rows, places] = -np.inf
    others[rows, places] = without.max(axis=1)
    leads: npt.NDArray[np.float64] = values - others
    return leads


def rank_passages(
    index: Index, query: Query, weights: Weights, pages: Collection[int]
) -> dict[int, tuple[FoundPassage, ...]]:
    """Rank the passages of some pages, best first within each."""
    rows = np.flatnonzero(np.isin(index.passages[:, 0], list(pages)))
    if not len(rows):
        return {}
    last, whole = index.passage_vectors.similarities(query.vectors, rows).astype(np.float64)
    sentence = best_sentences(index, query.vectors[0], rows)
    words = [index.passage_words.scores(part)[rows].astype(np.float64) for part in query.words]
    strengths = (
        weights.last_passage * last
        + weights.last_sentence * sentence
        + weights.conversation_passage * whole
        + weights.last_words * shares(words[0])
        + weights.conversation_words * shares(words[1])
        + weights.heading * (index.heading_vectors[rows] @ query.vectors[0])
        + weights.opening * opens_what_is_asked(index, query, rows, sentence)
    )
    ranked: dict[int, list[FoundPassage]] = {page: [] for page in pages}
    for place in np.argsort(-strengths, kind="stable"):
        similarity = float(np.clip(max(last[place], sentence[place]), -1.0, 1.0))
        found = FoundPassage(int(rows[place]), float(strengths[place]), similarity)
        ranked[int(index.passages[rows[place], 0])].append(found)
    return {page: tuple(found) for page, found in ranked.items()}


def opens_what_is_asked(
    index: Index, query: Query, rows: Rows, sentence: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Say which passages open a page whose title is nearer to the last turn than any of its sentences.

    Such a question is about all of the page ("how long does a refund take?"), and pages begin with what they are about.
    """
    owners = index.passages[rows, 0]
    nearest = np.full(len(index.articles), -1.0)
    np.maximum.at(nearest, owners, sentence)
    titles = index.question_vectors[: len(index.articles)] @ query.vectors[0]
    is_asked: npt.NDArray[np.bool_] = np.isin(rows, index.openings) & (titles > nearest)[owners]
    return is_asked
