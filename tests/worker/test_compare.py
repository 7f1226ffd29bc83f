"""A candidate that is worse beyond chance is refused."""

from __future__ import annotations

import pytest

from api.worker.compare import Labelled, chance_of_breaking, compare
from api.worker.training_data import Example

EXAMPLES = [Example("greet", f"hello {number}") for number in range(20)]


def labelled(version: str, wrong: int, *, first: int = 0) -> Labelled:
    """A model that is wrong about `wrong` examples, from the `first` on."""
    return Labelled(version, tuple("bye" if first <= i < first + wrong else "greet" for i in range(20)))


def test_the_chance_is_that_of_a_coin():
    assert chance_of_breaking(0, 1) == 0.5
    assert chance_of_breaking(0, 5) == pytest.approx(1 / 32)
    assert chance_of_breaking(1, 4) == pytest.approx(6 / 32)


def test_a_better_candidate_passes_and_says_what_it_fixed():
    comparison = compare(EXAMPLES, labelled("new", 1), labelled("old", 4))
    assert comparison.passed
    assert (comparison.candidate_accuracy, comparison.current_accuracy) == (0.95, 0.80)
    assert [change.text for change in comparison.fixed] == ["hello 1", "hello 2", "hello 3"]
    assert comparison.broken == ()


def test_a_little_worse_is_within_chance():
    assert compare(EXAMPLES, labelled("new", 4), labelled("old", 0)).passed  # 4 of 4: 1 in 16


def test_clearly_worse_is_refused_with_what_broke():
    comparison = compare(EXAMPLES, labelled("new", 5), labelled("old", 0))
    assert not comparison.passed
    assert len(comparison.broken) == 5
    assert comparison.reasons[0].startswith("5 held-out examples that were right are wrong now, only 0 became right")
    assert comparison.as_json()["gate"] == {"passed": False, "reasons": list(comparison.reasons)}


def test_the_first_model_only_has_to_be_of_some_use():
    assert compare(EXAMPLES, labelled("new", 10), None).passed
    assert not compare(EXAMPLES, labelled("new", 11), None).passed
