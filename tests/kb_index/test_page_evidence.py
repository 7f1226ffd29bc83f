"""What speaks for a page: pairs of words, the question of a thread, and what a turn says on its own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kb_index.articles import Article
from kb_index.confidence import default_calibration
from kb_index.conversation import Asked, Utterance
from kb_index.index import Index, make_index
from kb_index.lexical import Lexical, pairs, weights_of
from kb_index.retrieve import Weights
from kb_index.search import Search
from tests.kb_index.shelf import ARTICLES, FakeEncoder, split_at_full_stops


def index_of(articles: Sequence[Article]) -> Index:
    return make_index(articles, FakeEncoder(), split_at_full_stops)  # type: ignore[arg-type]


def search_over(articles: Sequence[Article]) -> Search:
    return Search(index_of(articles), FakeEncoder(), default_calibration(), kb_version="test")  # type: ignore[arg-type]


def first(search: Search, question: str, *said: Utterance) -> str:
    return search.suggest(question, history=said).suggestions[0].article_id


def test_pairs_are_of_neighbours_that_say_something() -> None:
    assert pairs("Return the parcel to a shop") == ["return parcel", "parcel shop"]
    assert pairs("parcel") == []


def test_pairs_are_counted_within_a_turn_and_not_across_turns() -> None:
    asked = Asked.of("late parcel", [Utterance("bot", "free return")])
    assert asked.conversation_pairs() == {"late parcel": 1.0, "free return": 1.0}


def test_an_index_of_pairs_finds_the_phrase_and_not_its_words() -> None:
    phrases = Lexical.over(["a late return of a free parcel", "a free return of a late parcel"], read=pairs)
    assert list(phrases.scores(weights_of([("free return", 1.0)], read=pairs)) > 0) == [False, True]


def test_a_phrase_finds_its_page_among_pages_of_the_same_words() -> None:
    search = search_over(
        [
            Article("a", "One", "Blue forms need stamps. Green letters need signatures."),
            Article("b", "Two", "Green forms need signatures. Blue letters need stamps."),
            Article("c", "Three", "Nothing else is said here."),
        ]
    )
    assert first(search, "green forms") == "b"
    assert first(search, "blue forms") == "a"


THREADS = (
    Article("gone", "my password is gone", "Ask for another.", ("my password is gone",)),
    Article("hurt", "boots hurt", "Write name, code and street on paper and post it.", ("boots hurt",)),
)


def test_a_thread_is_found_by_its_question_and_not_by_stray_words() -> None:
    assert first(search_over(THREADS), "password: code, name, street, paper, post") == "gone"
    assert list(Weights().of_pages(index_of(THREADS))) == pytest.approx([1.0, 0.2, 0.2, 2.0, 0.0, 0.2])


def test_threads_are_articles_whose_title_is_a_question_they_answer() -> None:
    assert index_of(THREADS).thread_share == 1.0
    assert index_of(ARTICLES).thread_share == 0.0


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("how long is a gift card valid", 2),  # near to another page: a new topic
        ("and how long does that take", 0),  # near to no page
        ("is there a parcel to norway every day", 0),  # near to the page that was spoken of
    ],
)
def test_a_topic_begins_where_a_turn_speaks_for_another_page(search: Search, question: str, begins: int) -> None:
    said = [Utterance("customer", "do you deliver to norway"), Utterance("bot", "We deliver to Norway by ship.")]
    query = search.query_of(Asked.of(question, said))
    assert query is not None
    assert query.asked.topic_begins == begins
