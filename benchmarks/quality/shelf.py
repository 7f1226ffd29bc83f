"""The texts and the questions that every contender gets, in files that other environments can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.worker.phrasings import read_phrasings, with_phrasings
from kb_index.articles import Article, load_articles
from kb_index.build import calibrate, spacy_sentences
from kb_index.encoder import Encoder
from kb_index.evaluate import articles_of, asked_of, labelled_of
from kb_index.index import Index, make_index
from kb_index.lines import read_lines
from kb_index.search import Search

QUESTIONS = Path("data/questions.jsonl")
ARTICLES = Path("data/articles")
PHRASINGS = Path("data/phrasings")


@dataclass(frozen=True, slots=True)
class Set:
    """One set of articles and labelled questions."""

    name: str
    articles: tuple[Article, ...]
    labelled: tuple[dict[str, Any], ...]  # to calibrate on; none of them is asked
    queries: tuple[dict[str, Any], ...]


def the_shop() -> Set:
    """Return the shop's public articles, with what customers are known to have asked, and its test questions."""
    asked: dict[str, list[str]] = {}
    for phrasing in read_phrasings(PHRASINGS):
        asked.setdefault(phrasing.article_id, []).append(phrasing.text)
    public = (article for article in load_articles(ARTICLES) if article.audience == "public")
    articles = tuple(with_phrasings(public, asked))
    rows = read_lines(QUESTIONS)
    by_split = {split: tuple(row for row in rows if row.get("split") == split) for split in ("dev", "test")}
    return Set("the shop", articles, by_split["dev"], by_split["test"])


def public_sets(folder: Path, most: int) -> list[Set]:
    """Return the public sets found in a folder, each with at most so many queries, spread evenly."""
    sets = []
    for name in ("doc2dial", "datatalks_faq"):
        home = folder / "retrieval" / name
        if not (home / "docs.jsonl").exists():
            print(f"{name}: not there")
            continue
        articles = tuple(articles_of(read_lines(home / "docs.jsonl"), lambda _: None))
        rows = read_lines(home / "queries.jsonl")
        sets.append(Set(name, articles, (), tuple(rows[:: max(1, len(rows) // most)][:most])))
    return sets


def open_search(chosen: Set, encoder: Encoder) -> Search:
    """Index a set's articles and calibrate on its labelled questions, as an installation would."""
    index = make_index(chosen.articles, encoder, spacy_sentences())
    return Search(index, encoder, calibrate(index, encoder, labelled_of(chosen.labelled)), kb_version="benchmark")


def write_shelf(index: Index, queries: Sequence[dict[str, Any]], folder: Path) -> None:
    """Write what rivals read: `texts.jsonl` and `queries.jsonl`.

    Every passage stands under its article's title; every question that an article lists, and everything customers
    are known to have asked it by, is a text of its own, so that rivals know their words as well as we do; it has no
    `passage`.
    """
    texts: list[dict[str, Any]] = []
    have_passages = set(index.passages[:, 0].tolist())
    for row, article in enumerate(index.passages[:, 0].tolist()):
        known = index.articles[article]
        texts.append({"doc_id": known.article_id, "text": f"{known.title}\n{index.passage_text(row)}", "passage": row})
    for article, known in enumerate(index.articles):
        texts += [
            {"doc_id": known.article_id, "text": question, "passage": None}
            for question in (*known.questions, *known.phrasings)
            if article in have_passages
        ]
    _write(folder / "texts.jsonl", texts)
    _write(
        folder / "queries.jsonl",
        [
            {
                "query_id": row["query_id"],
                "last": asked_of(row).question,
                "conversation": " ".join([*(turn.text for turn in asked_of(row).history), asked_of(row).question]),
            }
            for row in queries
        ],
    )


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
