"""What speaks for a page: pairs of words, the question of a thread, and what a turn says on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from kb_index.articles import Article
from kb_index.confidence import default_calibration
from kb_index.conversation import Asked, Utterance
from kb_index.evidence import Query, by_length, page_evidence
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
    assert pairs("Return the parcel to a shop") == ("return parcel", "parcel shop")
    assert pairs("parcel") == ()


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
    assert list(Weights().of_pages(index_of(THREADS))) == pytest.approx([1.0, 0.2, 0.2, 2.0, 0.0, 0.2, 0.0, 0.0])


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


SHORT, LONG = "boots from norway", " ".join(f"word{number}" for number in range(10))


PAGES = (
    Article("boots", "Boots that fit", "Boots may be worn indoors for a week."),
    Article("norway", "Norway", "We deliver to Norway by ship."),
)


def test_words_of_a_short_question_count_less_and_what_it_means_counts_more() -> None:
    search = search_over(PAGES)
    short, long = (search.query_of(Asked.of(text)) for text in (SHORT, LONG))
    assert short is not None
    assert long is not None
    assert list(by_length(search.index, short)) == pytest.approx([1.0, 0.3, 0.3, 1.0, 1.0, 0.3, 1.0, 1.0])
    assert list(by_length(search.index, long)) == [1.0] * 6 + [0.0] * 2


def test_a_conversation_is_as_long_as_all_that_was_said_on_its_topic() -> None:
    said = Asked("boots", (Utterance("bot", LONG),))
    vectors = np.zeros((2, FakeEncoder.dim), np.float32)
    assert Query.of(said, vectors).shortness == 0.0
    assert Query.of(replace(said, topic_begins=1), vectors).shortness == 1.0


def test_where_articles_list_questions_words_count_the_same_at_any_length() -> None:
    search = search_over(THREADS)
    query = search.query_of(Asked.of(SHORT))
    assert query is not None
    assert list(by_length(search.index, query))[:6] == [1.0] * 6
    assert list(Weights().of_pages(search.index))[6:] == [0.0, 0.0]


def test_a_short_question_is_compared_with_sentences_and_openings_and_a_long_one_is_not() -> None:
    filler = " ".join(["Nothing is said of it here, not one word."] * 12)
    search = search_over(
        [
            Article("opens", "One", f"Boots come first. {filler} {filler}"),
            Article("mentions", "Two", f"{filler} {filler} Boots are named once."),
        ]
    )
    short, long = (search.query_of(Asked.of(text)) for text in ("boots", f"boots {LONG}"))
    assert short is not None
    assert long is not None
    sentences, openings = page_evidence(search.index, short)[6:]
    assert list(sentences) == pytest.approx([1.0, 1.0], abs=1e-3)
    assert openings[0] == pytest.approx(1.0, abs=1e-3)
    assert openings[1] == 0.0
    assert not page_evidence(search.index, long)[6:].any()


def test_openings_count_as_far_as_pages_have_more_than_one_passage() -> None:
    assert index_of(ARTICLES).long_share == 0.0
    filler = " ".join(["Nothing is said of it here, not one word."] * 24)
    assert index_of([Article("long", "One", filler), Article("brief", "Two", "Boots.")]).long_share == 0.5
