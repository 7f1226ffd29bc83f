from __future__ import annotations

import numpy as np

from kb_index.conversation import Asked
from kb_index.domain import background, learn_domain
from tests.kb_index.shelf import ARTICLES, FakeEncoder, opened, shelve

NOTHING = np.empty((0, 2), np.float32)
EAST, NORTH = np.eye(2, dtype=np.float32)


def test_what_was_asked_in_vain_lies_outside() -> None:
    domain = learn_domain(np.array([EAST]), np.array([NORTH]), NOTHING)
    assert domain.logit(EAST) > 0 > domain.logit(NORTH)
    assert abs(domain.logit((EAST + NORTH) / np.sqrt(np.float32(2.0)))) < 0.1  # half way between them


def test_a_common_message_that_an_article_speaks_of_is_not_taken_to_be_outside() -> None:
    bank = np.array([EAST])  # a bank's articles, and "what is my balance" among the common messages
    with_it, without = (learn_domain(bank, NOTHING, np.array(common)) for common in ([EAST, NORTH], [NORTH]))
    assert with_it.weights.tolist() == without.weights.tolist()
    assert with_it.bias == without.bias


def test_where_nothing_is_known_to_be_outside_nothing_is() -> None:
    assert learn_domain(np.array([EAST]), NOTHING, NOTHING).logit(NORTH) == 0.0


def test_an_unanswered_question_makes_its_like_less_likely_to_be_covered(tmp_path) -> None:
    asked = Asked.of("is the coffee hot")
    signal = []
    for outside in ((), ("do you sell coffee",) * 3):
        root = tmp_path / str(len(outside))
        shelve(root, ARTICLES, outside=outside)
        search = opened(root)
        query = search.query_of(asked)
        signal.append(search.index.domain.logit(query.vectors[0]))
    assert signal[1] < signal[0]


def test_the_list_of_common_messages_holds_each_once() -> None:
    assert len(background()) == len(set(background())) >= 100
    assert all(line.strip() == line != "" for line in background())


def test_a_build_with_other_unanswered_questions_is_another_version(tmp_path) -> None:
    versions = {shelve(tmp_path, encoder=FakeEncoder(), outside=outside) for outside in ((), ("coffee?",))}
    assert len(versions) == 2
