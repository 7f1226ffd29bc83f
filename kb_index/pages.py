"""An article as a person reads it: plain text, cut into units (headings, sentences, list items, table rows)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kb_index.articles import Article

Kind = Literal["heading", "sentence", "item", "row", "code"]
Spans = list[tuple[int, int]]
SplitSentences = Callable[[Sequence[str]], list[Spans]]  # texts -> the sentences of each, as offsets

MAX_UNIT_WORDS = 118
MAX_HEADING_WORDS = 20

_MARK = re.compile(r"^\s*(?:[-*•·]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list, table or code, with the lines it shows."""

    kind: Kind  # of its lines; a paragraph's are "sentence"
    lines: tuple[str, ...]
    level: int = 0  # of a heading, 1 to 6


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest piece that makes sense alone; a stretch of its page's text."""

    start: int
    end: int
    kind: Kind
    block: int  # units of one block belong together
    section: int  # counts the headings before it


@dataclass(frozen=True, slots=True)
class Page:
    """What an article says, without marks."""

    text: str
    units: tuple[Unit, ...]
    sections: tuple[str, ...]  # the heading of each section, with those above it: "Delivery > Abroad"; [0] is ""


def read_page(article: Article, split: SplitSentences) -> Page:
    """Turn an article's body into plain text and its units."""
    blocks = list(plain_blocks(article.body) if article.plain else markdown_blocks(article.body))
    texts = ["\n".join(block.lines) for block in blocks]
    prose = [index for index, block in enumerate(blocks) if block.kind == "sentence"]
    sentences = dict(zip(prose, split([texts[index] for index in prose]), strict=True))
    units: list[Unit] = []
    sections, path = [""], list[tuple[int, str]]()
    position = 0
    for index, (block, text) in enumerate(zip(blocks, texts, strict=True)):
        if block.kind == "heading":
            path = [(level, title) for level, title in path if level < block.level] + [(block.level, text)]
            sections.append(" > ".join(title for _, title in path))
        spans = sentences[index] if index in sentences else line_spans(block.lines)
        for start, end in (part for span in spans for part in short_parts(text, span)):
            units.append(Unit(position + start, position + end, block.kind, index, len(sections) - 1))
        position += len(text) + 2
    return Page("\n\n".join(texts), tuple(units), tuple(sections))


def line_spans(lines: Sequence[str]) -> Spans:
    """Return where each of the lines lies in their text."""
    spans, position = [], 0
    for line in lines:
        spans.append((position, position + len(line)))
        position += len(line) + 1
    return spans


def short_parts(text: str, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Cut a stretch of more than `MAX_UNIT_WORDS` words between words; drop an empty one."""
    words = list(re.finditer(r"\S+", text[span[0] : span[1]]))
    for first in range(0, len(words), MAX_UNIT_WORDS):
        last = min(first + MAX_UNIT_WORDS, len(words)) - 1
        yield span[0] + words[first].start(), span[0] + words[last].end()


def plain_blocks(text: str) -> Iterator[Block]:
    """Read plain text: blank lines part blocks; a short first line without a full stop is a heading."""
    for paragraph in re.split(r"\n[^\S\n]*\n", text):
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        if (
            lines
            and (len(lines) > 1 or len(lines[0].split()) <= MAX_HEADING_WORDS // 2)
            and looks_like_heading(lines[0])
        ):
            yield Block("heading", (lines[0],), 2)
            lines = lines[1:]
        while lines:
            is_item = bool(_MARK.match(lines[0]))
            size = next((n for n, line in enumerate(lines) if bool(_MARK.match(line)) != is_item), len(lines))
            yield Block("item" if is_item else "sentence", tuple(lines[:size]))
            lines = lines[size:]


def looks_like_heading(line: str) -> bool:
    """Say whether a line of plain text names what follows it."""
    return len(line.split()) <= MAX_HEADING_WORDS and line[-1] not in ".!,;:" and not line.startswith(("-", "*", "•"))


def markdown_blocks(body: str) -> Iterator[Block]:
    """Read Markdown: what a browser would show, one block per paragraph, heading, list, table or code."""
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(body)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = matching_end(tokens, index)
        inside = tokens[index : end + 1]
        if token.type == "heading_open":
            yield Block("heading", (shown(inside[1]),), int(token.tag[1]))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            yield Block("item", tuple(list_lines(inside)))
        elif token.type == "table_open":
            yield Block("row", tuple(table_lines(inside)))
        elif token.type in ("fence", "code_block"):
            yield Block("code", tuple(line for line in token.content.split("\n") if line.strip()))
        elif token.type == "paragraph_open" and (text := shown(inside[1])):
            yield Block("sentence", tuple(text.split("\n")))
        if token.type != "blockquote_open":
            index = end
        index += 1


def matching_end(tokens: Sequence[Token], index: int) -> int:
    """Return the index of the token that closes the one at `index` (itself when it opens nothing)."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += tokens[place].nesting
        if depth <= 0:
            return place
    return len(tokens) - 1


def shown(inline: Token) -> str:
    """Return the text of an inline token as a reader sees it; images are left out."""
    parts = []
    for child in inline.children or []:
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n" if child.type == "hardbreak" else " ")
        elif child.type != "image":
            parts.append(child.content)
    return "\n".join(" ".join(line.split()) for line in "".join(parts).split("\n") if line.strip())


def list_lines(tokens: Sequence[Token]) -> Iterator[str]:
    """Return one line per item, numbered or with a hyphen, inner lists set in."""
    marks: list[tuple[bool, int]] = []
    line: list[str] = []
    for token in tokens:
        if token.type in (
            "bullet_list_open",
            "ordered_list_open",
            "list_item_open",
            "bullet_list_close",
            "ordered_list_close",
        ):
            if len(line) > 1:
                yield " ".join(line)
            line = []
        if token.type in ("bullet_list_open", "ordered_list_open"):
            marks.append((token.type == "ordered_list_open", int(token.attrs.get("start", 1)) - 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop()
        elif token.type == "list_item_open":
            numbered, count = marks[-1]
            marks[-1] = (numbered, count + 1)
            line = ["  " * (len(marks) - 1) + (f"{count + 1}." if numbered else "-")]
        elif token.type in ("inline", "fence", "code_block") and line:
            text = shown(token) if token.type == "inline" else token.content
            line += text.split()
    if len(line) > 1:
        yield " ".join(line)


def table_lines(tokens: Sequence[Token]) -> Iterator[str]:
    """Return one line per row, cells parted by ` | `, the header first."""
    row: list[str] = []
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(" ".join(shown(token).split()))
        elif token.type == "tr_close":
            yield " | ".join(row)
