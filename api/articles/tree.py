"""Clean HTML as a tree of plain values, for pages that build elements and parse no markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TypeAlias

from api.articles.markdown import to_html

VOID = frozenset({"br", "hr"})

Node: TypeAlias = "str | dict[str, object]"  # text, or {"tag", "attributes", "children"}


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: list[Node] = []
        self._open: list[tuple[str, list[Node]]] = [("", self.root)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        children: list[Node] = []
        node: Node = {"tag": tag, "attributes": {name: value or "" for name, value in attrs}, "children": children}
        self._open[-1][1].append(node)
        if tag not in VOID:
            self._open.append((tag, children))

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1][1].append(data)


def to_tree(body: str) -> list[Node]:
    """Return an article's Markdown as its page shows it: the elements of `to_html`, as plain values."""
    builder = _Builder()
    builder.feed(str(to_html(body)))
    builder.close()
    return builder.root
