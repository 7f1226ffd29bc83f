"""Search side by side with what people would pick instead, on the same passages and in one run.

    python -m benchmarks.retrieval                                     the shop's articles and test questions
    python -m benchmarks.retrieval --documents D.jsonl --queries Q.jsonl [--most 700]

`ours`; `bm25` (over the passages, a page by its best one); `dense` (the same encoder, a page by its best passage).
Both rivals are asked once with the last turn alone and once with the whole conversation. Milliseconds are processor
time of
this process for one query, encoding included, median, on one thread.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from api.evaluation.score import score_retrieval
from kb_index.articles import load_articles
from kb_index.build import calibrate, spacy_sentences
from kb_index.conversation import Asked
from kb_index.encoder import Encoder
from kb_index.evaluate import Line, articles_of, ask, asked_of, at_most, labelled_of
from kb_index.index import Index, make_index
from kb_index.lexical import weights_of
from kb_index.lines import read_lines
from kb_index.search import Search

SHOWN = ("hit@1", "hit@5", "mrr@10", "passage@1", "answer_f1", "confidence_auroc")

Way = Callable[[str, Asked], Line]


@dataclass(frozen=True, slots=True)
class Rival:
    """Ranks pages by their best passage, by one kind of evidence."""

    index: Index
    score: Callable[[str], np.ndarray[Any, np.dtype[np.float32]]]  # text -> one value per passage
    whole_conversation: bool

    def __call__(self, query_id: str, asked: Asked) -> Line:
        """Rank pages for one query."""
        turns = [turn.text for turn in asked.history] if self.whole_conversation else []
        values = self.score(" ".join([*turns, asked.question]))
        owners = self.index.passages[:, 0]
        pages = np.full(len(self.index.articles), -np.inf)
        np.maximum.at(pages, owners, values)
        order = np.argsort(-pages, kind="stable")[:10]
        passages = np.argsort(-values, kind="stable")[:5]
        shown = tuple(at_most(self.index.passage_text(int(row))) for row in passages)
        ranking = tuple(self.index.articles[int(page)].article_id for page in order)
        margin = float(pages[order[0]] - pages[order[1]]) if len(order) > 1 else 1.0
        return Line(query_id, ranking, shown, shown[0], margin, "answer")


def ways(search: Search) -> dict[str, Way]:
    """Name everything that is compared."""
    index, encoder = search.index, search.encoder
    rows = np.arange(len(index.passages))

    def by_words(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        return index.passage_words.scores(weights_of([(text, 1.0)]))

    def by_meaning(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        cosines: np.ndarray[Any, np.dtype[np.float32]] = index.passage_vectors.similarities(
            encoder.encode([text]), rows
        )[0]
        return cosines

    return {
        "ours": lambda query_id, asked: ask(search, query_id, asked),
        "bm25, last turn": Rival(index, by_words, whole_conversation=False),
        "bm25, conversation": Rival(index, by_words, whole_conversation=True),
        "dense, last turn": Rival(index, by_meaning, whole_conversation=False),
        "dense, conversation": Rival(index, by_meaning, whole_conversation=True),
    }


def measure(way: Way, queries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Ask every query one way; return its figures and the median milliseconds."""
    asked = [(str(row["query_id"]), asked_of(row)) for row in queries]
    for query_id, question in asked[:10]:
        way(query_id, question)
    lines, spent = [], []
    for query_id, question in asked:
        start = time.process_time()
        lines.append(json.loads(way(query_id, question).to_json()))
        spent.append((time.process_time() - start) * 1000)
    return {**score_retrieval(queries, lines), "ms": statistics.median(spent)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval")
    parser.add_argument("--documents", type=Path, help="documents.jsonl; without it, the shop's articles")
    parser.add_argument("--queries", type=Path, default=Path("data/questions.jsonl"))
    parser.add_argument("--encoder", type=Path, default=Path("var/encoder"))
    parser.add_argument("--most", type=int, default=0, help="ask only so many queries, spread evenly")
    options = parser.parse_args(arguments)
    encoder = Encoder.load(options.encoder)
    rows = read_lines(options.queries)
    labelled = [row for row in rows if row.get("split") == "dev"] if options.documents is None else []
    queries = [row for row in rows if row.get("split") == "test"] if options.documents is None else rows
    if options.most and len(queries) > options.most:
        queries = queries[:: len(queries) // options.most][: options.most]
    articles = (
        articles_of(read_lines(options.documents), print) if options.documents else load_articles(Path("data/articles"))
    )
    index = make_index(articles, encoder, spacy_sentences())
    search = Search(index, encoder, calibrate(index, encoder, labelled_of(labelled)), kb_version="benchmark")
    print(f"{len(articles)} articles, {len(index.passages)} passages, {len(queries)} queries")
    print(f"{'':<22}" + "".join(f"{name:>17}" for name in (*SHOWN, "ms")))
    for name, way in ways(search).items():
        figures = measure(way, queries)
        cells = [figures.get(key) for key in (*SHOWN, "ms")]
        print(
            f"{name:<22}" + "".join(f"{'-' if cell is None else format(cell, '.3f'):>17}" for cell in cells), flush=True
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
