"""Customers' phrasings and unanswered questions teach the search; the measuring questions must be none of them."""

from __future__ import annotations

from collections import Counter

import yaml

from kb_index.domain import background
from tests.data.content import DATA, content_words, read_articles, read_lines

FILES = sorted((DATA / "phrasings").glob("*.yml"))
PHRASINGS = [
    (article, text)
    for path in FILES
    for article, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    for text in texts
]
UNANSWERED = yaml.safe_load((DATA / "unanswered.yml").read_text(encoding="utf-8"))
TEACHING = [*(text for _, text in PHRASINGS), *UNANSWERED, *background()]
ASKED = ("questions.jsonl", "topic_changes.jsonl", "two_articles.jsonl")
QUESTIONS = [line["query"] for name in ASKED for line in read_lines(name)]


def bare(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())


def test_every_public_article_has_its_share() -> None:
    public = {slug for slug, article in read_articles().items() if article.public}
    counts = Counter(article for article, _ in PHRASINGS)
    assert set(counts) == public
    assert min(counts.values()) >= 9


def test_none_occurs_twice() -> None:
    assert [text for text, count in Counter(map(bare, TEACHING)).items() if count > 1] == []


def test_none_is_a_measuring_question() -> None:
    assert {bare(text) for text in TEACHING} & {bare(text) for text in QUESTIONS} == set()


def test_none_says_a_measuring_question_in_nearly_the_same_words() -> None:
    said = [(text, content_words(text)) for text in TEACHING]
    near = [
        (question, text)
        for question in QUESTIONS
        if len(asked := content_words(question)) >= 4
        for text, words in said
        if len(asked & words) >= 0.8 * len(asked | words)
    ]
    assert near == []
