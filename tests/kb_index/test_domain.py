from __future__ import annotations

import numpy as np

from kb_index.conversation import Asked
from kb_index.domain import MOST_KNOWN, background, learn_domain
from tests.kb_index.shelf import ARTICLES, FakeEncoder, opened, shelve

NOTHING = np.empty((0, 2), np.float32)
EAST, NORTH = np.eye(2, dtype=np.float32)


def test_what_was_asked_in_vain_lies_outside() -> None:
    domain = learn_domain(np.array([EAST]), np.array([NORTH]), NOTHING)
    assert domain.position(EAST) > 0 > domain.position(NORTH)
    assert abs(domain.position((EAST + NORTH) / np.sqrt(np.float32(2.0)))) < 0.1  # half way between them


def test_the_border_follows_what_was_asked_and_not_a_straight_line() -> None:
    round_about = np.array([[np.cos(a), np.sin(a)] for a in np.linspace(0, 2 * np.pi, 9)[:-1]], np.float32)
    domain = learn_domain(round_about[::2], round_about[1::2], NOTHING)
    sides = [domain.position(vector) > 0 for vector in round_about]
    assert sides == [True, False] * 4


def test_a_large_knowledge_base_is_learnt_from_evenly() -> None:
    many = np.repeat([EAST, NORTH], [MOST_KNOWN, MOST_KNOWN], axis=0).astype(np.float32)
    domain = learn_domain(many, np.array([-EAST]), NOTHING)
    assert len(domain.vectors) == MOST_KNOWN
    assert domain.position(NORTH) > 0 > domain.position(-EAST)


def test_a_common_message_that_an_article_speaks_of_is_not_taken_to_be_outside() -> None:
    bank = np.array([EAST])  # a bank's articles, and "what is my balance" among the common messages
    with_it, without = (learn_domain(bank, NOTHING, np.array(common)) for common in ([EAST, NORTH], [NORTH]))
    assert with_it.shares.tolist() == without.shares.tolist()


def test_where_nothing_is_known_to_be_outside_nothing_is() -> None:
    assert learn_domain(np.array([EAST]), NOTHING, NOTHING).position(NORTH) == 0.0


def test_an_unanswered_question_makes_its_like_less_likely_to_be_covered(tmp_path) -> None:
    asked = Asked.of("is the coffee hot")
    signal = []
    for outside in ((), ("do you sell coffee",) * 3):
        root = tmp_path / str(len(outside))
        shelve(root, ARTICLES, outside=outside)
        search = opened(root)
        query = search.query_of(asked)
        signal.append(search.index.domain.position(query.vectors[0]))
    assert signal[1] < signal[0]


def test_the_list_of_common_messages_holds_each_once() -> None:
    assert len(background()) == len(set(background())) >= 100
    assert all(line.strip() == line != "" for line in background())


def test_a_build_with_other_unanswered_questions_is_another_version(tmp_path) -> None:
    versions = {shelve(tmp_path, encoder=FakeEncoder(), outside=outside) for outside in ((), ("coffee?",))}
    assert len(versions) == 2
