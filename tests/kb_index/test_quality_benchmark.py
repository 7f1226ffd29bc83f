"""The comparison with rivals: the same texts for everybody, and pages by their best text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.quality import plain
from benchmarks.quality.page import Table, page_of, plot_of
from benchmarks.quality.rivals import answers, ranked
from benchmarks.quality.shelf import the_shop, write_shelf
from kb_index.search import Search
from tests.kb_index.shelf import FakeEncoder

TEXTS = [
    {"doc_id": "norway", "text": "A parcel to Norway takes nine days.", "passage": 4},
    {"doc_id": "boots", "text": "Boots get wider when worn.", "passage": 7},
    {"doc_id": "norway", "text": "how long does norway take", "passage": None},
]
QUERY = {"query_id": "1", "last": "norway?", "conversation": "boots norway?"}


def test_a_page_ranks_by_its_best_text_and_only_passages_are_shown() -> None:
    line = ranked(TEXTS, [(2, 0.9), (0, 0.8), (1, 0.5)])
    assert line == {"ranking": ["norway", "boots"], "passages": [4, 7], "confidence": pytest.approx(0.4)}


def test_nothing_found_is_an_empty_ranking() -> None:
    assert ranked(TEXTS, []) == {"ranking": [], "passages": [], "confidence": 0.0}


@pytest.mark.parametrize("find", [plain.bm25(TEXTS), plain.dense(TEXTS, FakeEncoder())])  # type: ignore[arg-type]
def test_the_plain_ways_find_what_shares_words_or_meaning(find: plain.Find) -> None:
    [line] = answers(find, TEXTS, [QUERY], "last")
    assert line["ranking"][0] == "norway"


def test_rivals_read_every_passage_under_its_title_and_every_listed_question(search: Search, tmp_path: Path) -> None:
    write_shelf(search.index, [{"query_id": "1", "query": "norway?", "history": []}], tmp_path)
    texts = [json.loads(line) for line in (tmp_path / "texts.jsonl").read_text().splitlines()]
    assert len([text for text in texts if "\n" in text["text"]]) == len(search.index.passages)
    assert {"where is my parcel", "how long is a gift card valid"} <= {text["text"] for text in texts}


def test_the_shop_is_asked_what_nothing_was_calibrated_on() -> None:
    shop = the_shop()
    assert not {row["query_id"] for row in shop.labelled} & {row["query_id"] for row in shop.queries}
    assert all(article.audience == "public" for article in shop.articles)


def test_the_page_marks_the_best_and_leaves_empty_columns_out() -> None:
    figures = {"ours": {"hit@1": 0.9, "mrr@10": None, "ms": 10.4}, "BM25": {"hit@1": 0.61, "mrr@10": None, "ms": 1.0}}
    table = Table.of("the shop", 303, figures, ("hit@1", "mrr@10", "ms"))
    assert table.shown == ("hit@1", "ms")
    page = page_of([table])
    assert "| ours | **0.900** | 10 |" in page
    assert "| BM25 | 0.610 | 1 |" in page
    assert plot_of(table).count("<rect") == 3
