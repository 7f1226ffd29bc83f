"""Markdown to HTML that is safe to show: rendered without raw HTML, then cleaned against an allow-list."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

# What an article may be made of. No images: a page that loads one tells its server who reads, and what, in the address.
TAGS = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s"}
    | {"ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a"}
)
ATTRIBUTES = {"a": {"href", "title"}, "th": {"align"}, "td": {"align"}, "ol": {"start"}, "code": set[str]()} | {
    f"h{level}": {"id"} for level in range(1, 7)
}
# The list of all articles would parse every one of them at each visit: 100 ms for a hundred.
KEPT = 1024
SCHEMES = frozenset({"https", "http", "mailto", "tel"})


@lru_cache(maxsize=KEPT)
def to_html(body: str) -> Markup:
    """Return an article's Markdown as HTML for its page; its headings carry ids, its links leak no address."""
    parser = _parser()
    tokens = parser.parse(body)
    _name_headings(tokens)
    html = parser.renderer.render(tokens, parser.options, {})
    clean = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 - cleaned on the line above


@lru_cache(maxsize=KEPT)
def summary_of(body: str, *, limit: int = 160) -> str:
    """Return the first paragraph as plain text, cut at a word, for lists of articles."""
    tokens = _parser().parse(body)
    for opening, inline in pairwise(tokens):
        if opening.type == "paragraph_open" and inline.children:
            words = "".join(child.content if child.type != "softbreak" else " " for child in inline.children)
            plain = " ".join(words.split())
            return plain if len(plain) <= limit else plain[:limit].rsplit(" ", 1)[0] + " …"
    return ""


@cache
def _parser() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"]).disable("image")
    )


def _name_headings(tokens: list[Token]) -> None:
    taken: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        name = "section-" + (re.sub(r"[^a-z0-9]+", "-", inline.content.casefold()).strip("-") or "1")
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}-{number}", number + 1
        taken.add(unique)
        opening.attrSet("id", unique)
