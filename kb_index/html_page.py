"""An HTML page becomes a title and Markdown: its headings, lists in lists, tables, code and the links that are safe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag

from kb_index.markup import BLANKS, slug, table_of

SCHEMES = frozenset({"http", "https", "mailto", "tel"})  # of links that are kept
UNSEEN = ("script", "style", "head", "noscript", "template", "svg", "iframe", "nav", "form", "button")
LISTS = ("ul", "ol")
BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "blockquote", "dl", "dt", "dd"}
    | {"summary", "details", "header", "footer"}
)
_UPWARDS = re.compile(r"^(?:\.{0,2}/)+")
_PATH = re.compile(r"[\w./-]+")
_PLACE = re.compile(r"[\w-]*")
_PAGES = frozenset({"htm", "html", "md", "mdx"})
_IGNORED = re.compile(r"[\x00-\x20\x7f]")  # browsers read "java\nscript:" as one word
_ROUND = str.maketrans("[]", "()")  # a bracket would end the text of a link
_ESCAPED = str.maketrans({"(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "[": "%5B", "]": "%5D", "\\": "%5C"})


def title_and_markdown(html: str) -> tuple[str, str]:
    """Turn an HTML page into its title (may be empty) and Markdown.

    A link stays one when it leads to the web, to an address to write to or a number to call; a relative one is read
    from the page's own `base` or canonical address, or else, when it names a page, as that page's article.
    """
    soup = BeautifulSoup(html, "html.parser")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    reader = _Reader(_base_of(soup))
    first = soup.find("h1")
    if isinstance(first, Tag):
        title = first.get_text(" ", strip=True) or title
        first.decompose()
    for tag in soup.find_all(UNSEEN):
        tag.decompose()
    root = soup.find("main") or soup.find("article") or soup.body or soup
    body = "".join(reader.flow(root)) if isinstance(root, Tag) else ""
    return title, BLANKS.sub("\n\n", body).strip()


class _Reader:
    """Writes the elements of one page as Markdown."""

    def __init__(self, base: str) -> None:
        self._base = base

    def flow(self, tag: Tag) -> Iterator[str]:
        """Write what a block holds: text and further blocks."""
        for child in tag.children:
            if isinstance(child, Tag):
                yield from self._element(child)
            elif type(child) is NavigableString:
                yield re.sub(r"\s+", " ", child)

    def _element(self, tag: Tag) -> Iterator[str]:
        name = tag.name
        if re.fullmatch(r"h[1-6]", name):
            yield f"\n\n{'#' * int(name[1])} {' '.join(tag.get_text(' ', strip=True).split())}\n\n"
        elif name in LISTS:
            yield "\n\n" + "\n".join(self._items(tag, "")) + "\n\n"
        elif name == "table":
            rows = [[self._line(cell) for cell in row.find_all(["th", "td"])] for row in tag.find_all("tr")]
            yield f"\n\n{table_of([row for row in rows if row])}\n\n"
        elif name == "pre":
            yield f"\n\n```\n{tag.get_text().strip()}\n```\n\n"
        elif name == "br":
            yield "\n"
        elif name == "a" and not tag.find([*BLOCKS, *LISTS, "table", "pre"]):
            yield self._link(tag)
        elif name in BLOCKS:
            yield "\n\n"
            yield from self.flow(tag)
            yield "\n\n"
        else:
            yield from self.flow(tag)

    def _items(self, tag: Tag, indent: str) -> Iterator[str]:
        """Write one line an item, the lists within it set in below."""
        start = str(tag.get("start") or "")
        number = int(start) if tag.name == "ol" and re.fullmatch(r"\d{1,9}", start) else 1
        for child in tag.find_all(["li", *LISTS], recursive=False):
            mark = f"{number}." if tag.name == "ol" else "-"
            if child.name in LISTS:  # a list right in a list belongs to the item before it
                yield from self._items(child, indent + " " * (len(mark) + 1))
                continue
            if line := self._line(child):
                yield f"{indent}{mark} {line}"
                number += 1
            inner = indent + " " * (len(mark) + 1) if line else indent
            for one in child.find_all(LISTS):
                if isinstance(one, Tag) and one.find_parent(["li", *LISTS]) is child:
                    yield from self._items(one, inner)

    def _line(self, tag: Tag) -> str:
        """Write an element as one line: its text and its links, without the lists in it."""
        return " ".join("".join(self._inline(child) for child in tag.children).split())

    def _inline(self, child: PageElement) -> str:
        if not isinstance(child, Tag):
            return str(child) if type(child) is NavigableString else ""
        if child.name in LISTS:
            return " "
        if child.name == "a":
            return self._link(child)
        inside = "".join(map(self._inline, child.children))
        return f" {inside} " if child.name in BLOCKS or child.name in {"br", "li", "pre", "tr", "td", "th"} else inside

    def _link(self, tag: Tag) -> str:
        """Write a link; its text alone where the address may not be followed."""
        raw = "".join(self._inline(child) for child in tag.children)
        text = " ".join(raw.split())
        address = safe_address(str(tag.get("href") or ""), self._base)
        if not text or not address:
            return raw
        before, after = (" " if edge.isspace() else "" for edge in (raw[0], raw[-1]))
        return f"{before}[{text.translate(_ROUND)}]({address}){after}"


def safe_address(href: str, base: str = "") -> str:
    """Return the address a link may keep; "" for none.

    Args:
        href: as it stands in the page.
        base: the absolute address of the page; "" when nobody knows it.
    """
    wanted = _IGNORED.sub("", href)
    if not wanted or wanted.startswith("#"):
        return ""
    if not base and (page := _page_beside(wanted)):
        return page
    try:
        whole = urljoin(base, wanted)
        parts = urlsplit(whole)
    except ValueError:
        return ""
    if parts.scheme not in SCHEMES or (parts.scheme in {"http", "https"} and not parts.netloc):
        return ""
    return whole.translate(_ESCAPED)


def _page_beside(href: str) -> str:
    """Return the address of the article that a relative link to another imported page means; "" for other links."""
    path, mark, place = href.partition("#")
    stem, _, ending = _UPWARDS.sub("", path).rpartition(".")
    if ending.lower() not in _PAGES or not _PATH.fullmatch(stem) or not _PLACE.fullmatch(place):
        return ""
    return f"/help/{slug(stem)}{mark}{place}"


def _base_of(soup: BeautifulSoup) -> str:
    """Return the address relative links are read from: the page's `base`, or what it calls its own address."""
    for tag in (soup.find("base", href=True), soup.find("link", rel="canonical", href=True)):
        address = safe_address(str(tag["href"])) if isinstance(tag, Tag) else ""
        if address.startswith(("http://", "https://")):
            return address
    return ""
