"""The demo shop's help articles are of substance, well formed and linked."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.data.content import ShopArticle, read_articles

CATEGORIES = {
    "orders",
    "delivery",
    "delivery abroad",
    "returns",
    "refunds",
    "payments",
    "vouchers",
    "gift cards",
    "subscriptions",
    "account and privacy",
    "warranty and repair",
    "sizes",
    "business customers",
    "accessibility",
    "complaints and exceptions",
    "products and care",
}
ARTICLES = read_articles()
EVERY = pytest.mark.parametrize("article", ARTICLES.values(), ids=ARTICLES.keys())
STEP = re.compile(r"^\d+\. ", re.MULTILINE)
ROW = re.compile(r"^\|", re.MULTILINE)
LINK = re.compile(r"\]\(([^)]+)\)")


def test_there_are_enough_articles_for_customers_and_some_for_agents() -> None:
    assert sum(article.public for article in ARTICLES.values()) >= 80
    assert sum(not article.public for article in ARTICLES.values()) >= 6


def test_every_category_has_articles() -> None:
    assert {article.front["category"] for article in ARTICLES.values()} == CATEGORIES


def test_twenty_articles_or_more_have_a_table_and_twenty_or_more_have_steps() -> None:
    assert sum(len(ROW.findall(article.body)) >= 3 for article in ARTICLES.values()) >= 20
    assert sum(len(STEP.findall(article.body)) >= 3 for article in ARTICLES.values()) >= 20


def test_no_two_articles_share_a_title_or_a_listed_question() -> None:
    lines = [line.lower() for article in ARTICLES.values() for line in article.headline.splitlines()]
    assert sorted(lines) == sorted(set(lines))


@EVERY
def test_front_matter_is_complete(article: ShopArticle) -> None:
    assert list(article.front) == ["id", "title", "questions", "audience", "category", "updated"]
    assert article.front["id"] == article.slug
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", article.slug)
    assert 3 <= len(article.front["questions"]) <= 6
    assert article.front["audience"] in {"public", "internal"}
    assert isinstance(article.front["updated"], date)


@EVERY
def test_the_body_has_between_150_and_900_words(article: ShopArticle) -> None:
    assert 150 <= len(article.body.split()) <= 900


@EVERY
def test_the_body_has_no_title_of_its_own_and_no_blank_ends(article: ShopArticle) -> None:
    assert not re.search(r"^# ", article.body, re.MULTILINE)
    assert article.body == "\n" + article.body.strip() + "\n"


@EVERY
def test_tables_have_the_same_number_of_cells_in_every_row(article: ShopArticle) -> None:
    for block in article.body.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in rows}) <= 1, block


@EVERY
def test_links_lead_to_articles_the_reader_may_see(article: ShopArticle) -> None:
    for target in LINK.findall(article.body):
        slug = target.removeprefix("/help/")
        assert slug in ARTICLES, target
        assert slug != article.slug
        assert not article.public or ARTICLES[slug].public, target
