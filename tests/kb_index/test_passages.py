from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_index.articles import Article
from kb_index.pages import Page, read_page
from kb_index.passages import cut_passages, words_in
from tests.kb_index.shelf import split_at_full_stops


def page_of(body: str, *, plain: bool = False) -> Page:
    return read_page(Article("a", "A", body, plain=plain), split_at_full_stops)


def texts(page: Page, **limits: int) -> list[str]:
    return [page.text[passage.start : passage.end] for passage in cut_passages(page, **limits)]


STEPS = "To send it back:\n\n1. Sign in.\n2. Open Orders.\n3. Print the label."


def test_steps_stay_whole_with_the_sentence_that_introduces_them() -> None:
    page = page_of("Some words come first here. And some more words.\n\n" + STEPS + "\n\nThat is all.")
    assert texts(page, max_words=14) == [
        "Some words come first here. And some more words.",
        "To send it back:\n\n1. Sign in.\n2. Open Orders.\n3. Print the label.",
        "That is all.",
    ]


def test_a_table_shows_its_cells_and_stays_whole() -> None:
    page = page_of("| Where | Days |\n|---|---|\n| Wales | 3 |\n| Norway | 9 |")
    assert texts(page) == ["Where | Days\nWales | 3\nNorway | 9"]


def test_a_heading_starts_a_passage_and_never_ends_one() -> None:
    page = page_of("## One\n\nA b c d.\n\n## Two\n\nE f g h.")
    assert texts(page, enough_words=4) == ["One\n\nA b c d.", "Two\n\nE f g h."]
    assert texts(page, max_words=6) == ["One\n\nA b c d.", "Two\n\nE f g h."]


def test_small_sections_share_a_passage() -> None:
    page = page_of("## One\n\nA b.\n\n## Two\n\nC d.")
    assert texts(page) == ["One\n\nA b.\n\nTwo\n\nC d."]


def test_sections_name_the_headings_above_them() -> None:
    page = page_of("# Delivery\n\nA.\n\n## Abroad\n\nB.\n\n# Returns\n\nC.")
    assert page.sections == ("", "Delivery", "Delivery > Abroad", "Returns")


def test_plain_text_has_headings_paragraphs_and_lists() -> None:
    page = page_of("Opening hours\nWe open at nine. We close at five.\n- Monday\n- Tuesday\n\nA last line.", plain=True)
    assert [(page.text[unit.start : unit.end], unit.kind) for unit in page.units] == [
        ("Opening hours", "heading"),
        ("We open at nine.", "sentence"),
        ("We close at five.", "sentence"),
        ("- Monday", "item"),
        ("- Tuesday", "item"),
        ("A last line.", "sentence"),
    ]


def test_a_sentence_longer_than_a_passage_is_cut_between_words() -> None:
    assert [words_in(text) for text in texts(page_of("word " * 300))] == [118, 118, 64]


def test_nothing_gives_no_passage() -> None:
    assert cut_passages(page_of("")) == []


LINES = st.sampled_from(
    [
        "# Head",
        "## Sub head",
        "",
        "",
        "- item one",
        "1. step",
        "    inner",
        "One. Two! Three?",
        "a " * 130,
        "| a | b |",
        "|---|---|",
    ]
)


@settings(max_examples=150)
@given(st.lists(LINES, max_size=25), st.booleans(), st.integers(3, 118))
def test_every_unit_is_in_exactly_one_passage_and_none_is_too_long(lines: list[str], plain: bool, enough: int) -> None:
    page = page_of("\n".join(lines), plain=plain)
    passages = cut_passages(page, enough_words=enough)
    assert [unit for passage in passages for unit in range(passage.first, passage.last + 1)] == list(
        range(len(page.units))
    )
    for passage in passages:
        assert 1 <= words_in(page.text[passage.start : passage.end]) <= 118


@pytest.mark.parametrize("body", ["> A quoted word.", "> - in a quote"])
def test_quotes_are_read(body: str) -> None:
    assert len(page_of(body).units) == 1
