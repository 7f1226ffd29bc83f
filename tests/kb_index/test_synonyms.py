from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.build import build, publish
from kb_index.search import Search
from kb_index.synonyms import Synonym, Synonyms
from tests.kb_index.shelf import ARTICLES, FakeEncoder, split_at_full_stops

WELLIES = Synonym("wellies", "boots")


def test_what_customers_say_is_followed_by_what_the_articles_say() -> None:
    assert Synonyms([WELLIES]).read("Do Wellies stretch?") == "Do Wellies boots stretch?"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("two backpacks", "two backpacks rucksack"),  # a plural
        ("backpacking", "backpacking"),  # another word
        ("a backpack, or rucksack?", "a backpack, or rucksack?"),  # both are there
        ("my day  pack", "my day  pack rucksack"),
    ],
)
def test_whole_words_count(said: str, read: str) -> None:
    assert Synonyms([Synonym("backpack", "rucksack"), Synonym("day pack", "rucksack")]).read(said) == read


def test_the_longer_of_two_entries_counts() -> None:
    synonyms = Synonyms([Synonym("card", "payment card"), Synonym("gift card", "voucher")])
    assert synonyms.read("my gift card") == "my gift card voucher"


def test_signs_of_a_pattern_are_only_signs() -> None:
    assert Synonyms([Synonym("(a+", "b")]).read("aaa") == "aaa"


def test_without_a_list_a_text_stays() -> None:
    assert Synonyms([]).read("wellies") == "wellies"


def test_search_finds_by_a_synonym_and_shows_the_articles_own_words(tmp_path: Path) -> None:
    found = {}
    for synonyms in ((), (WELLIES,)):
        root = tmp_path / str(len(synonyms))
        options = {"encoder": FakeEncoder(), "synonyms": synonyms, "split": split_at_full_stops}
        publish(root, "main", build(ARTICLES, root, **options))  # type: ignore[arg-type]
        search = Search.open(root, encoder=FakeEncoder())  # type: ignore[arg-type]
        assert search.index.synonyms == synonyms
        found[len(synonyms)] = search.suggest("do wellies widen")
    assert "boots" not in [one.article_id for one in found[0].suggestions[:1]]
    assert found[1].suggestions[0].article_id == "boots"
    assert "wellies" not in found[1].suggestions[0].answer


def test_another_list_is_another_version(tmp_path: Path) -> None:
    options = {"encoder": FakeEncoder(), "split": split_at_full_stops}
    versions = {build(ARTICLES, tmp_path, synonyms=synonyms, **options) for synonyms in ((), (WELLIES,))}  # type: ignore[arg-type]
    assert len(versions) == 2
