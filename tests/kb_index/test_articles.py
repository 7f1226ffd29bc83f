from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from kb_index.articles import Article, ArticleUnreadable, load_articles, parse_article
from kb_index.html_page import title_and_markdown

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
    ("html", "markdown"),
    [
        (
            "<ul><li>Boots<ul><li>hide</li><li>felt<ol start='3'><li>thin</li></ol></li></ul></li><li>Hats</li></ul>",
            "- Boots\n  - hide\n  - felt\n    3. thin\n- Hats",
        ),
        ("<ol><li><p>Pack it.</p><ul><li>box</li></ul></li></ol>", "1. Pack it.\n   - box"),
        ("<ul><li>One<ul></ul></li><ul><li>set in</li></ul></ul>", "- One\n  - set in"),
        ("<ul><li>One<ul><ul><li>once</li></ul></ul></li></ul>", "- One\n    - once"),
        (
            "<p>See <a href='https://x.test/a (b)'>the <b>list</b></a>, please.</p>",
            "See [the list](https://x.test/a%28b%29), please.",
        ),
        (
            "<li><a href='mailto:help@x.test'>write</a> or <a href='tel:+44'>call</a></li>",
            "[write](mailto:help@x.test) or [call](tel:+44)",
        ),
        ("<p><a href='../returns.html#how'>Returns</a></p>", "[Returns](/help/returns#how)"),
        ("<p><a href='/basket'>the basket</a>, <a href='#top'>up</a></p>", "the basket, up"),
        ("<p><a href='java\nscript:alert(1)'>press</a> <a href=' DATA:text/html,x'>here</a></p>", "press here"),
        ("<p><a href='https://x.test'>a [b] c</a></p>", "[a (b) c](https://x.test)"),
        (
            "<table><tr><th>Who</th></tr><tr><td><a href='https://x.test'>us</a></td></tr></table>",
            "| Who |\n| --- |\n| [us](https://x.test) |",
        ),
        ("<a href='https://x.test'><p>All of it</p></a>", "All of it"),
    ],
)
def test_an_html_page_keeps_safe_links_and_lists_in_lists(html: str, markdown: str) -> None:
    assert title_and_markdown(f"<html><body>{html}</body></html>")[1] == markdown


def test_relative_links_are_read_from_the_address_a_page_says_is_its_own() -> None:
    page = "<head><link rel='canonical' href='https://shop.test/help/a'></head><body><a href='b?x=1'>b</a></body>"
    assert title_and_markdown(page)[1] == "[b](https://shop.test/help/b?x=1)"
    assert title_and_markdown(f"<base href='javascript:x'>{page}")[1] == "[b](https://shop.test/help/b?x=1)"


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
