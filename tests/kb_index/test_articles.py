from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from kb_index.articles import Article, ArticleUnreadable, load_articles, parse_article

FULL = """---
id: late-parcel
title: My parcel is late
questions:
  - where is my parcel
  - "it should have come by now"
audience: internal
category: Delivery
updated: 2026-03-02
---

Wait ten days.
"""


def test_front_matter_gives_every_field() -> None:
    assert parse_article(FULL, "x") == Article(
        article_id="late-parcel",
        title="My parcel is late",
        body="Wait ten days.",
        questions=("where is my parcel", "it should have come by now"),
        audience="internal",
        category="Delivery",
        updated=datetime.date(2026, 3, 2),
    )


def test_without_front_matter_the_file_is_the_id_and_the_first_heading_the_title() -> None:
    article = parse_article("# Sizes and fit\n\nMeasure your foot.", "guides/Size Guide")
    assert (article.article_id, article.title, article.body) == (
        "guides-size-guide",
        "Sizes and fit",
        "Measure your foot.",
    )


def test_tags_imports_comments_and_admonitions_are_not_text() -> None:
    text = """import X from '@site/x';

<!-- a -->
:::tip Careful
Keep the box.
:::

<Box title={x > 1} />
See [returns](returns.md#how)."""
    body = parse_article(text, "x").body
    assert body == "**Careful**\n\nKeep the box.\n\nSee [returns](/help/returns#how)."


def test_code_in_an_article_is_left_as_it_is() -> None:
    body = parse_article("Paste:\n\n```html\n<script>import x from 'y'</script>\n```\n", "x").body
    assert "<script>import x from 'y'</script>" in body


def test_an_html_page_becomes_markdown_with_its_lists_and_tables(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "<html><head><title>Shop</title><style>p{}</style></head><body><nav>Home</nav><main><h1>Delivery</h1>"
        "<p>We <b>deliver</b>.</p><ol><li>Order</li><li>Wait</li></ol>"
        "<table><tr><th>Where</th><th>Days</th></tr><tr><td>Wales</td><td>3</td></tr></table></main></body></html>"
    )
    [article] = load_articles(tmp_path)
    assert article.title == "Delivery"
    assert article.body == "We deliver.\n\n1. Order\n2. Wait\n\n| Where | Days |\n| --- | --- |\n| Wales | 3 |"


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ("audience: everyone", "audience must be public or internal"),
        ("questions: just one", "questions must be a list"),
        ("- a\n- b", "no mapping"),
        ("title: [", "while parsing"),
        ("updated: soon", "Invalid isoformat"),
    ],
)
def test_a_bad_front_matter_is_refused_by_file_name(tmp_path: Path, front: str, why: str) -> None:
    (tmp_path / "bad.md").write_text(f"---\n{front}\n---\nText.")
    with pytest.raises(ArticleUnreadable, match=rf"(?s)bad\.md.*{why}"):
        load_articles(tmp_path)


def test_two_articles_of_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("---\nid: same\n---\nText.")
    with pytest.raises(ArticleUnreadable, match="same"):
        load_articles(tmp_path)


def test_a_folder_without_articles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArticleUnreadable, match="no article"):
        load_articles(tmp_path)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"caf\xe9")
    with pytest.raises(ArticleUnreadable, match="not UTF-8"):
        load_articles(tmp_path)
