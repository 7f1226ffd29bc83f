"""A question goes in; suggestions come out. Customer, bot and agent get them from the same call."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from kb_index.answer import AnswerRule, answer_of
from kb_index.confidence import SIGNALS, Calibration, Decision, Floats, signals_of
from kb_index.conversation import Asked, Utterance
from kb_index.cross_encoder import Judge, Reranking
from kb_index.encoder import Encoder
from kb_index.evidence import Query
from kb_index.index import Index, words_of
from kb_index.retrieve import FoundPage, Mask, Weights, retrieve
from kb_index.spelling import Spelling
from kb_index.storage import CURRENT, IndexUnusable, checked_name, current_version, read_index
from kb_index.synonyms import Synonyms
from kb_index.topic import Turns

__all__ = ["Finding", "IndexUnusable", "LiveSearch", "Search", "Suggestion", "Utterance"]

CALIBRATION = "calibration.json"
RERANKING = "reranking.json"  # which cross-encoder an index was calibrated with, and its weight; missing without one
PAGES_COMPARED = 5  # passages are ranked among those of so many pages, however few are asked for
RULE_VERSION = 11  # of ranking, answers and signals; part of `model_version`


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One answer from the knowledge base, offered to a customer or an agent."""

    article_id: str
    title: str
    answer: str  # the sentences of the passage that answer, verbatim
    passage: str  # the stretch of the article they stand in
    similarity: float  # cosine of the question to the passage or its best sentence, in [-1, 1]; higher is closer
    confidence: float  # calibrated chance that this answers the question, in [0, 1]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the knowledge base says about a question."""

    decision: Decision
    confidence: float  # calibrated chance that the first suggestion's article is right, in [0, 1]; 0 without any
    suggestions: tuple[Suggestion, ...]  # from public articles, most likely first
    internal: tuple[Suggestion, ...]  # from articles for agents only; never for a customer or the bot
    kb_version: str
    model_version: str


@dataclass(frozen=True, slots=True)
class Looked:
    """The pages found for a question, best first, each with the chance that it is the right one."""

    query: Query
    pages: list[FoundPage]
    chances: Floats
    decision: Decision


class Search:
    """Search over one version of one knowledge base. Immutable, safe to share between threads."""

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        calibration: Calibration,
        *,
        kb_version: str,
        reranking: Reranking | None = None,
    ) -> None:
        self.index = index
        self.encoder = encoder
        self.reranking = reranking
        self.calibration = calibration
        self.kb_version = kb_version
        self.model_version = f"{encoder.encoder_version}.{RULE_VERSION}"
        self.weights = Weights()
        self.answer_rule = AnswerRule()
        self._turns = Turns(index, encoder, self.weights)
        said = (synonym.said for synonym in index.synonyms)
        self._spelling = Spelling(chain((words_of(article) for article in index.articles), said))
        self._synonyms = Synonyms(index.synonyms)
        self._public = np.array([article.audience == "public" for article in index.articles])

    @classmethod
    def open(
        cls,
        root: Path,
        *,
        kb: str = "main",
        encoder: Encoder,
        judge: Judge | None = None,
        version: str | None = None,
    ) -> Search:
        """Open the version that serves, or an earlier one by its name, after checking every byte of it.

        Args:
            root: where the indexes of all knowledge bases are.
            kb: the knowledge base's slug.
            encoder: the one it was built with.
            judge: the installation's cross-encoder; used as far as the index was built with it.
            version: the one to open; None means the one that serves.

        Raises:
            IndexUnusable: it is not there (any more), it is damaged, or it was built with another encoder or
                cross-encoder.
            ValueError: `version` is no name of a version.
        """
        version = current_version(root, kb) if version is None else checked_name(version)
        manifest, contents = read_index(root / kb / version)
        if manifest.kb_version != version:
            raise IndexUnusable(f"{root / kb / version}: holds version {manifest.kb_version}")
        if manifest.encoder_version != encoder.encoder_version:
            raise IndexUnusable(f"{kb}: built with {manifest.encoder_version}, not {encoder.encoder_version}")
        try:
            index = Index.from_files(contents)
            calibration = Calibration.from_json(contents[CALIBRATION])
            reranking = reranking_from(contents.get(RERANKING), judge)
        except (ValueError, KeyError, TypeError) as error:
            raise IndexUnusable(f"{root / kb / version}: {error}") from error
        return cls(index, encoder, calibration, kb_version=version, reranking=reranking)

    def suggest(
        self,
        question: str,
        *,
        history: Sequence[Utterance] = (),
        limit: int = 3,
        allowed: Collection[str] | None = None,
    ) -> Finding:
        """Suggest answers for a question, most likely first.

        Args:
            question: what was said last; any text.
            history: what was said before it, oldest first.
            limit: most suggestions in each of the two lists, at least 1.
            allowed: ids of the articles that may be shown (those the database still has); None allows all.

        Raises:
            ValueError: `limit` is below 1.
        """
        if limit < 1:
            raise ValueError(f"limit {limit} is below 1")
        may = self._allowed(allowed)
        looked = self.look(Asked.of(question, history), limit, may & self._public)
        if looked is None:
            return Finding("none", 0.0, (), (), self.kb_version, self.model_version)
        internal = self._suggestions(looked.query, *self._internal(looked.query, may, limit))
        if not looked.pages:
            return Finding("none", 0.0, (), internal, self.kb_version, self.model_version)
        confidence = float(looked.chances[0])
        return Finding(
            decision=looked.decision,
            confidence=confidence,
            suggestions=self._suggestions(looked.query, looked.pages, looked.chances),
            internal=internal,
            kb_version=self.kb_version,
            model_version=self.model_version,
        )

    def look(self, asked: Asked, limit: int, may: Mask | None = None) -> Looked | None:
        """Find the pages for a question, at most `limit`; None when it says nothing that could be looked for.

        Args:
            asked: the question.
            limit: most pages, at least 1.
            may: shape (articles,), which may be found; None means the public ones.
        """
        query = self.query_of(asked)
        if query is None:
            return None
        pages, signals = self.rank(query, self._public if may is None else may, limit)
        if not pages:
            return Looked(query, pages, np.empty(0), "none")
        chances = self.chances_of(signals)
        decision = self.calibration.decide(float(chances[0]), float(self.calibration.coverage(signals[:1])[0]))
        return Looked(query, pages, chances, decision)

    def query_of(self, asked: Asked) -> Query | None:
        """Prepare a question on its topic; None when it says nothing that could be looked for."""
        if not asked.says_anything:
            return None
        asked = self._turns.on_topic(asked.reworded(self._read))
        last = self._turns.read(asked.question).vector
        conversation = asked.conversation()
        whole = last if conversation == asked.question else self.encoder.encode([conversation])[0]
        return Query.of(asked, np.stack([last, whole]))

    def _read(self, text: str) -> str:
        return self._synonyms.read(self._spelling.corrected(text))

    def first_page(self, asked: Asked) -> tuple[FoundPage | None, Floats]:
        """Return the first public page for a question and its signals: what calibration learns from."""
        query = self.query_of(asked)
        pages, signals = self.rank(query, self._public, 1) if query else ([], np.zeros((1, len(SIGNALS))))
        return (pages[0] if pages else None), (signals[0] if pages else np.zeros(len(SIGNALS)))

    def rank(self, query: Query, may: Mask, limit: int) -> tuple[list[FoundPage], Floats]:
        """Rank pages, best first, with the signals of each."""
        most = max(limit, PAGES_COMPARED, self.reranking.judge.candidates if self.reranking else 0)
        pages = retrieve(self.index, query, self.weights, may, most, reranking=self.reranking)[:limit]
        return pages, signals_of(self.index, query, pages)

    def chances_of(self, signals: Floats) -> Floats:
        """Return the chance of each page that it is the right one; never more than of one ranked above it."""
        chances: Floats = np.minimum.accumulate(self.calibration.confidence(signals))
        return chances

    def _internal(self, query: Query, may: Mask, limit: int) -> tuple[list[FoundPage], Floats]:
        if not (may & ~self._public).any():
            return [], np.empty(0)
        pages, signals = self.rank(query, may, len(self.index.articles))
        chances = self.chances_of(signals)
        places = [place for place, page in enumerate(pages) if not self._public[page.article]][:limit]
        return [pages[place] for place in places], chances[places]

    def _suggestions(self, query: Query, pages: Sequence[FoundPage], chances: Floats) -> tuple[Suggestion, ...]:
        suggestions = []
        for page, chance in zip(pages, chances, strict=True):
            if not page.passages:
                continue
            article, passage = self.index.articles[page.article], page.passages[0]
            suggestions.append(
                Suggestion(
                    article_id=article.article_id,
                    title=article.title,
                    answer=answer_of(self.index, query, passage.row, self.answer_rule),
                    passage=self.index.passage_text(passage.row),
                    similarity=passage.similarity,
                    confidence=float(chance) * self.calibration.answer_share,
                )
            )
        return tuple(suggestions)

    def _allowed(self, allowed: Collection[str] | None) -> Mask:
        if allowed is None:
            return np.ones(len(self.index.articles), dtype=bool)
        ids = frozenset(allowed)
        return np.array([article.article_id in ids for article in self.index.articles])


def reranking_from(content: bytes | None, judge: Judge | None) -> Reranking | None:
    """Return the reranking that an index was built with; None when it was built without.

    Raises:
        ValueError: the cross-encoder it needs is not the one installed.
    """
    if content is None:
        return None
    fields = json.loads(content)
    if judge is None or judge.version != fields["version"]:
        installed = "none" if judge is None else judge.version
        raise ValueError(f"built with the cross-encoder {fields['version']}, installed is {installed}")
    return Reranking(judge, float(fields["weight"]))


class LiveSearch:
    """The search that serves, exchanged without a pause for a newly published version. Safe between threads."""

    def __init__(
        self,
        root: Path,
        *,
        kb: str = "main",
        encoder: Encoder,
        judge: Judge | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._judge = judge
        self._kb = checked_name(kb)
        self._encoder = encoder
        self._clock = clock
        self._lock = threading.Lock()
        self._search: Search | None = None
        self._seen: tuple[int, ...] | None = None  # the pointer file as it was when last read
        self._looked_at = float("-inf")
        self.problem: str | None = None  # why the newest version does not serve, for the operator

    def current(self) -> Search:
        """Return the search that serves; look for a newer version at most every half second.

        A new version that is damaged is reported in `problem`, and the old one serves on.

        Raises:
            IndexUnusable: no usable version was ever seen.
        """
        if self._search is None or self._clock() - self._looked_at >= LOOK_EVERY_S:
            with self._lock:
                self._look()
        if self._search is None:
            raise IndexUnusable(self.problem or f"{self._kb}: no index")
        return self._search

    def _look(self) -> None:
        self._looked_at = self._clock()
        seen = self._pointer()
        if seen is not None and seen == self._seen:
            return
        try:
            self._search = Search.open(self._root, kb=self._kb, encoder=self._encoder, judge=self._judge)
            self.problem = None
        except IndexUnusable as error:
            self.problem = str(error)
        self._seen = seen

    def _pointer(self) -> tuple[int, ...] | None:
        try:
            status = (self._root / self._kb / CURRENT).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


LOOK_EVERY_S = 0.5
