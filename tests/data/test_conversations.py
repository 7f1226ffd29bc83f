"""The shop's conversations are well-formed, fit the articles, and are as people write."""

from __future__ import annotations

import re
from collections import Counter

from tests.data.content import read_articles, read_lines

PUBLIC = {slug for slug, article in read_articles().items() if article.public}
CONVERSATIONS = read_lines("conversations.jsonl")
TURNS = [turn for conversation in CONVERSATIONS for turn in conversation["turns"]]
ASKED = [turn for turn in TURNS if turn.get("articles")]


def test_there_are_enough_and_each_has_an_id_and_several_turns():
    assert len(CONVERSATIONS) >= 60
    ids = [conversation["conversation_id"] for conversation in CONVERSATIONS]
    assert len(set(ids)) == len(ids)
    for conversation in CONVERSATIONS:
        assert set(conversation) == {"conversation_id", "about", "turns"}
        speakers = [turn["speaker"] for turn in conversation["turns"]]
        assert speakers[0] == "customer"
        assert {"customer", "agent"} == set(speakers), ids
        assert len(speakers) >= 3


def test_only_customers_ask_and_only_for_articles_that_customers_may_see():
    for turn in TURNS:
        assert set(turn) <= {"speaker", "text", "articles"}
        assert turn["text"] == turn["text"].strip() != ""
        assert turn["speaker"] == "customer" or "articles" not in turn
        assert set(turn.get("articles", ())) <= PUBLIC, turn
        assert len(turn.get("articles", ())) == len(set(turn.get("articles", ()))) <= 3


def test_nearly_every_article_is_asked_for_and_none_too_often():
    asked = Counter(article for turn in ASKED for article in turn["articles"])
    assert len(asked) >= 0.9 * len(PUBLIC)
    assert max(asked.values()) <= 8


def test_customers_write_as_customers_do():
    said = [turn["text"] for turn in TURNS if turn["speaker"] == "customer"]
    assert sum(text[0].islower() for text in said) > 0.5 * len(said)
    assert max(len(text.split()) for text in said) > 60  # some tell it all at once
    assert sum(bool(re.search(r"\b(?:[A-Z]{4,} )+[A-Z]{4,}|[!?]{2,}", text)) for text in said) >= 5
    several = [c for c in CONVERSATIONS if len({tuple(t["articles"]) for t in c["turns"] if t.get("articles")}) > 1]
    assert len(several) > 0.5 * len(CONVERSATIONS)  # and change the subject
