from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.articles import Article
from kb_index.passages import words_in
from kb_index.search import Search
from tests.kb_index.shelf import opened, shelve

ARTICLES = (
    Article(
        "send-back",
        "Send back",
        "We are fair.\n\n## How to return\n\nTo make a return:\n\n1. Sign in.\n2. Choose the return.\n3. Print it.\n\n"
        "Thanks for reading.",
    ),
    Article("places", "Places", "Where we go.\n\n| Where | Days |\n|---|---|\n| Norway | 9 |\n| Wales | 3 |"),
    Article(
        "long", "Coffee", " ".join(f"Coffee number {n} is roasted on the day it is sent to you." for n in range(9))
    ),
)


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    root: Path = tmp_path_factory.mktemp("answers")
    shelve(root, ARTICLES)
    return opened(root)


def answer(search: Search, question: str) -> str:
    return search.suggest(question).suggestions[0].answer


def test_steps_come_whole_with_what_introduces_them(search: Search) -> None:
    assert (
        answer(search, "how do I return it") == "To make a return:\n\n1. Sign in.\n2. Choose the return.\n3. Print it."
    )


def test_a_table_comes_whole(search: Search) -> None:
    assert answer(search, "norway") == "Where | Days\nNorway | 9\nWales | 3"


def test_an_answer_has_at_most_50_words_of_sentences(search: Search) -> None:
    assert 30 < words_in(answer(search, "coffee")) <= 50
