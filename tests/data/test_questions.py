"""The labelled questions fit the articles, keep dev and test apart, and are hard enough to mean something."""

from __future__ import annotations

from collections import Counter
from typing import Any

import bm25s
import pytest

from tests.data.content import STEMMER, content_words, read_articles, read_lines

ARTICLES = read_articles()
PUBLIC = {slug: article for slug, article in ARTICLES.items() if article.public}
QUESTIONS = read_lines("questions.jsonl")
TOPIC_CHANGES = read_lines("topic_changes.jsonl")
TWO_ARTICLES = read_lines("two_articles.jsonl")
EVERYTHING = QUESTIONS + TOPIC_CHANGES + TWO_ARTICLES
ANSWERABLE = [line for line in QUESTIONS if line["relevant_docs"]]
KEYS = {"query_id", "query", "history", "relevant_docs", "gold_text", "split", "tags"}
NEARLY_THE_SAME = [
    ("cancel-an-order", "change-an-order"),
    ("missed-delivery", "safe-places-and-neighbours"),
    ("late-parcel", "parcel-marked-delivered"),
    ("late-parcel", "lost-parcel-abroad"),
    ("delivery-options-uk", "islands-highlands-northern-ireland"),
    ("customs-and-import-charges", "norway-switzerland-iceland"),
    ("exchange-for-another-size", "boot-fit-promise"),
    ("return-an-item", "right-to-cancel"),
    ("goods-that-cannot-be-returned", "used-or-worn-returns"),
    ("refund-times", "refund-not-arrived"),
    ("payment-declined", "charged-twice"),
    ("voucher-not-working", "voucher-rules"),
    ("price-match", "price-drop"),
    ("refill-skip-or-pause", "refill-cancel"),
    ("use-a-gift-card", "gift-card-balance-and-expiry"),
    ("trouble-signing-in", "two-step-sign-in"),
    ("warranty-terms", "make-a-warranty-claim"),
    ("repairs-and-prices", "spare-parts"),
    ("wash-waterproof-jackets", "reproofing"),
    ("make-a-complaint", "ask-for-an-exception"),
]
HALVES = pytest.mark.parametrize("half", ["dev", "test"])


def of(half: str, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["split"] == half]


def articles_of(lines: list[dict[str, Any]]) -> set[str]:
    return {slug for line in lines for slug in line["relevant_docs"]}


def share_found_first_by_bm25(lines: list[dict[str, Any]]) -> float:
    """Hit@1 of BM25 over title, questions and body, stemmed, with the last message as the query."""
    slugs = sorted(PUBLIC)
    index = bm25s.BM25()
    texts = [PUBLIC[slug].headline + "\n" + PUBLIC[slug].body for slug in slugs]
    index.index(bm25s.tokenize(texts, stemmer=STEMMER, show_progress=False), show_progress=False)
    hits = 0
    for line in lines:
        [words] = bm25s.tokenize([line["query"]], stemmer=STEMMER, return_ids=False, show_progress=False)
        weights = index.get_scores(words) if words else [0.0] * len(slugs)
        hits += slugs[max(range(len(slugs)), key=lambda place: weights[place])] in line["relevant_docs"]
    return hits / len(lines)


def test_there_are_as_many_as_the_evaluation_needs() -> None:
    assert len(QUESTIONS) >= 560
    assert len(ANSWERABLE) >= 450
    assert len(QUESTIONS) - len(ANSWERABLE) >= 110
    assert len(TOPIC_CHANGES) >= 60


@HALVES
def test_each_half_has_a_fair_share(half: str) -> None:
    assert 0.4 <= len(of(half, QUESTIONS)) / len(QUESTIONS) <= 0.6
    assert len(of(half, TOPIC_CHANGES)) >= 25
    assert len(of(half, TWO_ARTICLES)) >= 25


def test_no_article_is_asked_for_in_both_halves() -> None:
    assert not articles_of(of("dev", EVERYTHING)) & articles_of(of("test", EVERYTHING))


@pytest.mark.parametrize("line", TWO_ARTICLES, ids=lambda line: str(line["query_id"]))
def test_a_short_question_for_two_articles_names_them(line: dict[str, Any]) -> None:
    assert set(line["relevant_docs"]) <= set(PUBLIC)
    assert len(set(line["relevant_docs"])) >= 2
    assert len(line["query"].split()) <= 10


@pytest.mark.parametrize("pair", NEARLY_THE_SAME, ids="+".join)
def test_articles_that_nearly_overlap_are_on_the_same_side(pair: tuple[str, str]) -> None:
    halves = [{line["split"] for line in QUESTIONS if slug in line["relevant_docs"]} for slug in pair]
    assert halves[0] == halves[1]


def test_every_public_article_is_asked_for_and_no_internal_one() -> None:
    assert articles_of(QUESTIONS) == set(PUBLIC)
    assert articles_of(TOPIC_CHANGES) <= set(PUBLIC)


def test_every_kind_of_message_is_there() -> None:
    kinds = Counter(tag for line in QUESTIONS for tag in line["tags"])
    assert set(kinds) <= {
        *("short", "long", "misspelt", "rude", "two_questions", "follow_up", "indirect"),
        *("unanswerable", "near", "far"),
    }
    assert all(count >= 10 for count in kinds.values()), kinds


def test_ids_and_queries_occur_once() -> None:
    lines = EVERYTHING
    assert [key for key, count in Counter(line["query_id"] for line in lines).items() if count > 1] == []
    assert [key for key, count in Counter(line["query"].lower() for line in lines).items() if count > 1] == []


@pytest.mark.parametrize("line", EVERYTHING, ids=lambda line: str(line["query_id"]))
def test_a_line_is_well_formed(line: dict[str, Any]) -> None:
    assert KEYS - {"gold_text"} <= set(line) <= KEYS
    assert line["split"] in {"dev", "test"}
    assert line["query"].strip() == line["query"] != ""
    assert ("unanswerable" in line["tags"]) == (not line["relevant_docs"])
    for said in line["history"]:
        assert set(said) == {"speaker", "text"}
        assert said["speaker"] in {"customer", "agent", "bot"}
        assert said["text"].strip()
    if {"follow_up", "topic_change"} & set(line["tags"]):
        assert line["history"]
    else:
        assert line["history"] == []


@pytest.mark.parametrize("line", ANSWERABLE + TOPIC_CHANGES, ids=lambda line: str(line["query_id"]))
def test_the_gold_text_stands_in_its_article_word_for_word(line: dict[str, Any]) -> None:
    assert any(line["gold_text"] in ARTICLES[slug].body for slug in line["relevant_docs"])


@HALVES
def test_word_matching_alone_is_not_enough(half: str) -> None:
    assert share_found_first_by_bm25(of(half, ANSWERABLE)) < 0.75


def test_a_quarter_shares_no_content_word_with_title_and_listed_questions() -> None:
    without = [
        line
        for line in ANSWERABLE
        if not any(content_words(line["query"]) & content_words(ARTICLES[s].headline) for s in line["relevant_docs"])
    ]
    assert len(without) / len(ANSWERABLE) >= 0.25
