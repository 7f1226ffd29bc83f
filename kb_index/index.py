"""The index in memory: articles, their passages and units, words and vectors. Built once, then only read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kb_index.arrays import from_bytes, to_bytes
from kb_index.articles import Article
from kb_index.domain import Domain, background, learn_domain
from kb_index.encoder import Encoder, Vectors
from kb_index.lexical import Lexical, pairs
from kb_index.pages import Page, SplitSentences, read_page
from kb_index.passages import Passage, cut_passages
from kb_index.synonyms import Synonym
from kb_index.taught import Taught, teach
from kb_index.vectors import FaissStore, Rows, VectorStore

KINDS = ("heading", "sentence", "item", "row", "code")
PASSAGE_FIELDS = ("article", "first", "last", "start", "end", "section")
PAIRS_B = 0.9  # a long page holds many pairs by chance; docs/retrieval.md has other values
UNIT_FIELDS = ("article", "start", "end", "kind", "block", "section")

Numbers = npt.NDArray[np.int32]
Progress = Callable[[str, float], None]  # what is being done, and how much of it, 0 to 1


@dataclass(frozen=True, slots=True)
class Known:
    """What the index knows of one article."""

    article_id: str
    title: str
    audience: str
    questions: tuple[str, ...]
    phrasings: tuple[str, ...]
    text: str  # as a person reads it; passages and units are stretches of it
    sections: tuple[str, ...]


@dataclass(frozen=True)  # without slots: what every question needs of the whole is worked out once and kept
class Index:
    """Everything search reads. Rows of `passages` and `units` are in the order of the articles."""

    articles: tuple[Known, ...]
    passages: Numbers  # shape (passages, 6), columns `PASSAGE_FIELDS`; first and last are rows of `units`
    units: Numbers  # shape (units, 6), columns `UNIT_FIELDS`
    passage_words: Lexical  # over title, headings and text of each passage
    article_words: Lexical  # over whole articles
    article_pairs: Lexical  # over the pairs of neighbouring words of whole articles
    unit_words: Lexical
    passage_vectors: VectorStore
    unit_vectors: Vectors  # shape (units, dim), of half precision, which loses less than 0.001 of a cosine
    heading_vectors: Vectors  # the same of the heading each passage stands under; zeros without one
    question_vectors: Vectors  # titles first, one per article, then every listed question, then every phrasing
    question_articles: Numbers  # the article of each row of `question_vectors`
    taught_weights: Vectors  # of `taught`
    taught_bias: Vectors
    domain_vectors: Vectors  # of `domain`
    domain_shares: Vectors
    synonyms: tuple[Synonym, ...] = ()

    @cached_property
    def listed_share(self) -> float:
        """The share of articles that list questions, in [0, 1]."""
        return sum(bool(article.questions) for article in self.articles) / max(len(self.articles), 1)

    @cached_property
    def thread_share(self) -> float:
        """The share of articles that are threads, their title the question they answer; at most `listed_share`."""
        return sum(article.title in article.questions for article in self.articles) / max(len(self.articles), 1)

    @cached_property
    def long_share(self) -> float:
        """The share of articles that are longer than one passage, in [0, 1]."""
        counts = np.bincount(self.passages[:, 0], minlength=len(self.articles))
        return float((counts > 1).mean())

    @cached_property
    def openings(self) -> Rows:
        """The first passage of each page that has any."""
        return np.flatnonzero(np.r_[True, np.diff(self.passages[:, 0]) != 0])

    @property
    def taught(self) -> Taught:
        """What customers' own words say about which article is meant."""
        return Taught(self.taught_weights, self.taught_bias)

    @property
    def domain(self) -> Domain:
        """What tells a message about the articles' subjects from one about others."""
        return Domain(self.domain_vectors, self.domain_shares)

    def passage_text(self, row: int) -> str:
        """Return a passage as it stands in its article."""
        article, _, _, start, end, _ = self.passages[row].tolist()
        return self.text_of(article, start, end)

    def unit_text(self, row: int) -> str:
        """Return a unit as it stands in its article."""
        article, start, end = self.units[row, :3].tolist()
        return self.text_of(article, start, end)

    def text_of(self, article: int, start: int, end: int) -> str:
        """Return a stretch of an article."""
        return self.articles[article].text[start:end]

    def to_files(self) -> dict[str, bytes]:
        """Return the index as files' contents by name."""
        assert isinstance(self.passage_vectors, FaissStore)
        arrays = {name: to_bytes(getattr(self, name)) for name in ARRAYS}
        arrays |= {name: to_bytes(getattr(self, name).astype(np.float16)) for name in HALVED}
        words = {name: value for prefix in LEXICALS for name, value in getattr(self, prefix).to_files(prefix).items()}
        return {
            "articles.json": json.dumps([dataclasses.asdict(article) for article in self.articles]).encode(),
            "synonyms.json": json.dumps([dataclasses.asdict(synonym) for synonym in self.synonyms]).encode(),
            "passage_vectors.faiss": self.passage_vectors.to_bytes(),
            **{f"{name}.npy": content for name, content in arrays.items()},
            **words,
        }

    @classmethod
    def from_files(cls, contents: Mapping[str, bytes]) -> Index:
        """Read what `to_files` gave; whoever calls has checked its checksums."""
        arrays: Any = {name: from_bytes(contents[f"{name}.npy"]) for name in (*ARRAYS, *HALVED)}
        arrays |= {name: arrays[name].astype(np.float32) for name in HALVED}
        words: Any = {prefix: Lexical.from_files(prefix, contents) for prefix in LEXICALS}
        articles = tuple(map(known_from, json.loads(contents["articles.json"])))
        vectors = FaissStore.from_bytes(contents["passage_vectors.faiss"])
        synonyms = tuple(Synonym(**row) for row in json.loads(contents["synonyms.json"]))
        return cls(articles=articles, passage_vectors=vectors, synonyms=synonyms, **arrays, **words)


def known_from(row: Any) -> Known:
    """Read an article as `Index.to_files` wrote it."""
    return Known(**{**row, **{name: tuple(row[name]) for name in ("questions", "phrasings", "sections")}})


ARRAYS = (
    "passages",
    "units",
    "question_vectors",
    "question_articles",
    "taught_weights",
    "taught_bias",
    "domain_vectors",
    "domain_shares",
)
HALVED = ("unit_vectors", "heading_vectors")  # of half precision on the disk, in full where they are multiplied
LEXICALS = ("passage_words", "article_words", "article_pairs", "unit_words")


def make_index(
    articles: Sequence[Article],
    encoder: Encoder,
    split: SplitSentences,
    progress: Progress = lambda _stage, _share: None,
    *,
    outside: Sequence[str] = (),
    synonyms: Sequence[Synonym] = (),
    before: Index | None = None,
) -> Index:
    """Make the index of some articles.

    Args:
        articles: what to index.
        encoder: makes the vectors.
        split: finds sentences.
        progress: told what is being done and how far it is.
        outside: what customers asked that no article answers.
        synonyms: what customers call things that the articles call something else.
        before: an index made with the same encoder; texts that it holds are not encoded again.

    Raises:
        ValueError: there is no article with any text.
    """
    progress("Reading articles", 0.0)
    pages = [read_page(article, split) for article in articles]
    cut = [cut_passages(page) for page in pages]
    if not any(cut):
        raise ValueError("no article has any text")
    passages, units = number_rows(pages, cut)
    known = tuple(
        Known(a.article_id, a.title, a.audience, a.questions, a.phrasings, page.text, page.sections)
        for a, page in zip(articles, pages, strict=True)
    )
    texts = [known[article].text[start:end] for article, _, _, start, end, _ in passages]
    headed = [
        "\n".join(filter(None, (known[row[0]].title, known[row[0]].sections[row[5]], text)))
        for row, text in zip(passages, texts, strict=True)
    ]
    titled = [f"{known[row[0]].title}\n{text}" for row, text in zip(passages, texts, strict=True)]
    unit_texts = [known[row[0]].text[row[1] : row[2]] for row in units]
    wholes = [words_of(page) for page in known]
    known_vectors = vectors_by_text(before) if before else {}
    asked = asked_for(known)
    headings = [heading_of(known[row[0]], row[5]) for row in passages]
    passage_vectors = encoded(encoder, titled, "Encoding passages", progress, known_vectors)
    question_vectors = encoded(encoder, [text for _, text in asked], "Encoding questions", progress, known_vectors)
    question_articles = np.array([row for row, _ in asked], dtype=np.int32)
    progress("Learning from questions", 0.0)
    taught = teach((question_vectors, question_articles), (passage_vectors, passages[:, 0]), len(articles))
    domain = learn_domain(
        np.vstack([question_vectors, passage_vectors]),
        *(encoded(encoder, texts, "Encoding questions", progress, {}) for texts in (outside, background())),
    )
    return Index(
        articles=known,
        passages=passages,
        units=units,
        passage_words=Lexical.over(headed),
        article_words=Lexical.over(wholes),
        article_pairs=Lexical.over(wholes, read=pairs, b=PAIRS_B),
        unit_words=Lexical.over(unit_texts),
        passage_vectors=FaissStore.over(passage_vectors),
        unit_vectors=halved(encoded(encoder, unit_texts, "Encoding sentences", progress, known_vectors)),
        heading_vectors=heading_vectors(encoder, headings, progress, known_vectors),
        question_vectors=question_vectors,
        question_articles=question_articles,
        taught_weights=taught.weights,
        taught_bias=taught.bias,
        domain_vectors=domain.vectors,
        domain_shares=domain.shares,
        synonyms=tuple(synonyms),
    )


def heading_of(article: Known, section: int) -> str:
    """Return the nearest heading above a passage; empty without one."""
    return article.sections[section].rsplit(" > ", 1)[-1]


def heading_vectors(
    encoder: Encoder, headings: Sequence[str], progress: Progress, known: Mapping[str, Vectors]
) -> Vectors:
    """Encode headings; an empty one is zeros, which is near to nothing."""
    vectors = encoded(encoder, headings, "Encoding headings", progress, known)
    vectors[[not heading for heading in headings]] = 0.0
    return halved(vectors)


def halved(vectors: Vectors) -> Vectors:
    """Return vectors as they are read from the disk again: of half precision, so that a new index is as a kept one."""
    return vectors.astype(np.float16).astype(np.float32)


def asked_for(articles: Sequence[Known]) -> list[tuple[int, str]]:
    """Return what articles are asked for by, as (article, text): titles, then listed questions, then phrasings."""
    rows = list(enumerate(articles))
    titles = [(row, article.title) for row, article in rows]
    questions = [(row, text) for row, article in rows for text in article.questions]
    return titles + questions + [(row, text) for row, article in rows for text in article.phrasings]


def words_of(article: Known) -> str:
    """Return all the words an article can be found by, the title's twice."""
    return "\n".join((article.title, article.title, *article.questions, *article.phrasings, article.text))


def number_rows(pages: Sequence[Page], cut: Sequence[Sequence[Passage]]) -> tuple[Numbers, Numbers]:
    """Lay passages and units of all pages into two tables, columns `PASSAGE_FIELDS` and `UNIT_FIELDS`."""
    passages: list[tuple[int, ...]] = []
    units: list[tuple[int, ...]] = []
    for article, (page, found) in enumerate(zip(pages, cut, strict=True)):
        before = len(units)
        passages += [(article, before + p.first, before + p.last, p.start, p.end, p.section) for p in found]
        units += [(article, u.start, u.end, KINDS.index(u.kind), u.block, u.section) for u in page.units]
    return np.array(passages, dtype=np.int32), np.array(units, dtype=np.int32)


def encoded(
    encoder: Encoder, texts: Sequence[str], stage: str, progress: Progress, known: Mapping[str, Vectors]
) -> Vectors:
    """Encode texts, each once, telling how far it is after every 64; those with a known vector are not encoded."""
    vectors = {text: known[text] for text in texts if text in known}
    fresh = [text for text in dict.fromkeys(texts) if text not in vectors]
    for first in range(0, len(fresh), 64):
        progress(stage, first / len(fresh))
        part = fresh[first : first + 64]
        vectors.update(zip(part, encoder.encode(part), strict=True))
    return np.array([vectors[text] for text in texts], dtype=np.float32).reshape(len(texts), encoder.dim)


def vectors_by_text(index: Index) -> dict[str, Vectors]:
    """Return the vectors that an index holds: of passages with their titles, headings, units, what is asked."""
    passages = index.passage_vectors.stored(np.arange(len(index.passages)))
    owners = index.passages[:, 0].tolist()
    titled = (f"{index.articles[owner].title}\n{index.passage_text(row)}" for row, owner in enumerate(owners))
    units = (index.unit_text(row) for row in range(len(index.units)))
    asked = (text for _, text in asked_for(index.articles))
    sections = index.passages[:, 5].tolist()
    headings = (heading_of(index.articles[owner], section) for owner, section in zip(owners, sections, strict=True))
    return {
        **{text: row for text, row in zip(headings, index.heading_vectors, strict=True) if text},
        **dict(zip(units, index.unit_vectors, strict=True)),
        **dict(zip(titled, passages, strict=True)),
        **dict(zip(asked, index.question_vectors, strict=True)),
    }
