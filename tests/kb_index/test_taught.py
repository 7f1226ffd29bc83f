"""What customers wrote before decides between articles that look alike, once there is enough of it."""

from __future__ import annotations

import numpy as np
import pytest

from kb_index.taught import ENOUGH, Taught, teach

DIM = 16


def rows(articles: int, each: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    owners = np.repeat(np.arange(articles, dtype=np.int32), each)
    vectors = np.eye(articles, DIM)[owners] + chance.normal(0, 0.2, (articles * each, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), owners


@pytest.mark.parametrize("articles", [2, 5])
def test_the_article_that_such_messages_belonged_to_comes_first(articles: int) -> None:
    taught = teach(rows(articles, ENOUGH + 1), rows(articles, 1, seed=4), articles)
    asked, owners = rows(articles, 4, seed=5)
    evidence = np.array([taught.evidence(vector, articles) for vector in asked])
    assert (evidence.argmax(axis=1) == owners).mean() > 0.9
    assert np.allclose(evidence.max(axis=1), 1.0)
    assert (evidence >= 0).all()


def test_too_little_teaches_nothing() -> None:
    taught = teach(rows(5, ENOUGH), rows(5, 1, seed=4), 5)
    assert not len(taught.bias)
    assert taught.evidence(np.ones(DIM, np.float32), 5).tolist() == [0.0] * 5


def test_an_article_without_anything_to_learn_from_has_no_chance() -> None:
    taught = teach(rows(3, ENOUGH + 1), rows(3, 1, seed=4), 4)
    assert taught.evidence(np.eye(DIM, dtype=np.float32)[3], 4)[3] == 0.0


def test_nothing_is_taught_nothing() -> None:
    assert Taught.nothing(DIM).evidence(np.ones(DIM, np.float32), 2).tolist() == [0.0, 0.0]
