from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.answer import is_pointer
from kb_index.articles import Article
from kb_index.asked_for import answered_by, is_of_kind
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
    Article("refund", "Refund times", "The money is back within five days.\n\nSee a refund that has not arrived."),
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


@pytest.mark.parametrize(
    "sentence",
    [
        "See a refund that has not arrived.",
        "Please see the size chart.",
        "Learn more.",
        "For more information, visit our size page.",
        "Read more about refunds",
        "[2] for more refund information.",
        "More is on the returns page.",
    ],
)
def test_a_sentence_that_points_elsewhere_is_a_pointer(sentence: str) -> None:
    assert is_pointer(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "See that the strap is tight.",
        "Go to My orders and press Return.",
        "We see every parcel off by noon.",
        "A refund takes five days.",
        "Visit the shop in Leeds with your boots and the receipt, and we exchange them while you wait, at no charge.",
    ],
)
def test_a_sentence_that_says_something_is_no_pointer(sentence: str) -> None:
    assert not is_pointer(sentence)


def test_a_pointer_is_never_the_answer(search: Search) -> None:
    assert answer(search, "how long does a refund take") == "The money is back within five days."


@pytest.mark.parametrize(
    ("question", "text", "holds"),
    [
        ("how long does it take", "It takes 3 to 5 working days.", True),
        ("how long does it take", "It takes five days.", True),
        ("when is the last day for it", "Order by 18 December.", True),
        ("how long does it take", "It takes patience.", False),
        ("how much is it", "It is £3.95.", True),
        ("what does it cost", "Nothing: it is free.", True),
        ("how much is it", "It may be returned.", False),
        ("how many may I buy", "At most three per household.", True),
        ("can I return it", "Within 60 days.", False),
    ],
)
def test_a_question_asks_for_a_kind_of_thing(question: str, text: str, holds: bool) -> None:
    assert is_of_kind(text, answered_by(question)) is holds


def test_a_heading_that_repeats_the_question_is_not_the_answer(search: Search) -> None:
    assert "How to return" not in answer(search, "how to return")
