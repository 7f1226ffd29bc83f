from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_index.search import Search, Utterance
from tests.kb_index.shelf import ARTICLES, FakeEncoder, opened, shelve


def test_similarity_is_the_cosine_between_question_and_its_best_sentence(search: Search) -> None:
    best = search.suggest("does a parcel get to norway").suggestions[0]
    assert best.article_id == "norway"
    assert best.similarity == pytest.approx(1.0, abs=1e-3)  # "A parcel to Norway takes nine days."


def test_similarity_of_one_word_in_two_is_45_degrees(search: Search) -> None:
    norway = next(s for s in search.suggest("my boots for norway", limit=6).suggestions if s.article_id == "norway")
    assert norway.similarity == pytest.approx(0.7071, abs=1e-3)  # "We deliver to Norway by ship."


def test_the_answer_is_a_stretch_of_the_passage_and_the_passage_one_of_the_article(search: Search) -> None:
    best = search.suggest("how long is a gift card valid").suggestions[0]
    assert best.article_id == "vouchers"
    assert best.answer == "A gift card is valid for two years."
    assert best.passage == "A gift card is valid for two years."


def test_the_conversation_finds_the_page(search: Search) -> None:
    said = [Utterance("customer", "do you deliver to norway"), Utterance("bot", "We deliver to Norway by ship.")]
    assert search.suggest("how many days?", history=said).suggestions[0].article_id == "norway"


def test_a_limit_is_kept_and_below_one_refused(search: Search) -> None:
    assert len(search.suggest("parcel", limit=2).suggestions) == 2
    with pytest.raises(ValueError, match="limit 0"):
        search.suggest("parcel", limit=0)


def test_a_change_of_topic_leaves_the_old_page(search: Search) -> None:
    said = [
        Utterance("customer", "do you deliver to norway"),
        Utterance("bot", "We deliver to Norway by ship."),
        Utterance("customer", "how many days to norway"),
        Utterance("bot", "A parcel to Norway takes nine days."),
    ]
    assert search.suggest("how long is a gift card valid", history=said).suggestions[0].article_id == "vouchers"
    follow_up = [*said, Utterance("customer", "how long is a gift card valid"), Utterance("bot", "For two years.")]
    assert search.suggest("and after that?", history=follow_up).suggestions[0].article_id == "vouchers"


@pytest.mark.parametrize("question", ["", "   ", "?!", "👍"])
def test_what_says_nothing_finds_nothing(search: Search, question: str) -> None:
    found = search.suggest(question)
    assert (found.decision, found.confidence, found.suggestions) == ("none", 0.0, ())


def test_internal_articles_are_for_agents_only(search: Search) -> None:
    found = search.suggest("refund by hand", limit=10)
    assert [suggestion.article_id for suggestion in found.internal] == ["override"]
    assert "override" not in {suggestion.article_id for suggestion in found.suggestions}


def test_only_allowed_articles_are_found(search: Search) -> None:
    everything = {article.article_id for article in ARTICLES}
    found = search.suggest("where is my parcel", allowed=everything - {"parcels"}, limit=10)
    assert "parcels" not in {suggestion.article_id for suggestion in found.suggestions}
    assert found.suggestions[0].article_id == "norway"


def test_with_nothing_allowed_nothing_is_found(search: Search) -> None:
    found = search.suggest("where is my parcel", allowed=())
    assert (found.decision, found.suggestions, found.internal) == ("none", (), ())


def test_a_listed_question_is_surer_than_a_vague_one(search: Search) -> None:
    assert search.suggest("where is my parcel").confidence > search.suggest("coffee by hand").confidence


def test_the_same_question_is_answered_the_same_way(search: Search) -> None:
    assert search.suggest("boots and a parcel") == search.suggest("boots and a parcel")


def test_a_new_version_encodes_only_what_changed(tmp_path: Path) -> None:
    first, second = FakeEncoder(), FakeEncoder()
    shelve(tmp_path, ARTICLES[:3], encoder=first)
    shelve(tmp_path, ARTICLES[:4], encoder=second)
    assert "A parcel takes three days." in first.encoded
    assert "A parcel takes three days." not in second.encoded
    assert "Boots get wider when worn." in second.encoded
    assert opened(tmp_path).suggest("where is my parcel").suggestions[0].article_id == "parcels"


TEXT = st.text(max_size=60) | st.sampled_from(["parcel", "norway?", "boots " * 500, "/restart", "\ud800", "\x00"])


@settings(max_examples=150)
@given(
    question=TEXT,
    history=st.lists(st.tuples(st.sampled_from(["customer", "agent", "bot"]), TEXT), max_size=30),
    limit=st.integers(1, 10),
)
def test_whatever_is_asked_the_finding_is_in_order(
    search: Search, question: str, history: list[tuple[str, str]], limit: int
) -> None:
    found = search.suggest(question, history=[Utterance(who, text) for who, text in history], limit=limit)  # type: ignore[arg-type]
    assert len(found.suggestions) <= limit
    assert 0.0 <= found.confidence <= 1.0
    confidences = [suggestion.confidence for suggestion in found.suggestions]
    assert confidences == sorted(confidences, reverse=True)
    for suggestion in found.suggestions:
        assert -1.0 <= suggestion.similarity <= 1.0
        assert suggestion.answer in suggestion.passage
        assert suggestion.answer.strip()
