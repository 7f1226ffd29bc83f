"""Markdown made for a browser becomes plain: without the tags, imports and admonitions in it."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^(```|~~~).*?^\1[^\S\n]*$", re.DOTALL | re.MULTILINE)
_INVISIBLE = re.compile(r"<(script|style|head|noscript|svg|iframe)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->|\{/\*.*?\*/\}", re.DOTALL)
_IMPORT = re.compile(
    r"^(?:import\s.+?\sfrom\s+['\"].*|import\s+['\"].*|export\s+(?:const|default|function)\b.*)$", re.MULTILINE
)
_ATTRIBUTES = r"""(?:[^<>"'{}]|"[^"]*"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\})*"""
_HEADING_TAG = re.compile(rf"<h([1-6])\b{_ATTRIBUTES}>(.*?)</h\1\s*>", re.DOTALL | re.IGNORECASE)
_SUMMARY_TAG = re.compile(r"<summary\b[^>]*>(.*?)</summary\s*>", re.DOTALL | re.IGNORECASE)
_ITEM_TAG = re.compile(r"<li\b[^>]*>(.*?)</li\s*>", re.DOTALL | re.IGNORECASE)
_CELLS = re.compile(r"<t([hd])\b[^>]*>(.*?)</t\1\s*>", re.DOTALL | re.IGNORECASE)
_TABLE = re.compile(r"<table\b[^>]*>(.*?)</table\s*>", re.DOTALL | re.IGNORECASE)
_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr\s*>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(rf"</?[A-Za-z]{_ATTRIBUTES}/?>", re.DOTALL)
_ADMONITION = re.compile(r"^:::+[ \t]*(?:[A-Za-z]+)?[ \t]*(.*)$", re.MULTILINE)
_PAGE_LINK = re.compile(r"\]\((?:\.{0,2}/)*([\w/-]+)\.mdx?(#[\w-]*)?\)")
BLANKS = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


def plain_markdown(text: str) -> str:
    """Clean a Markdown page: no tags, scripts, imports, comments or admonition marks; links to pages lead to `/help/`.

    Fenced code is left as it is.
    """
    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(text):
        parts += [_clean(text[end : fence.start()]), fence.group()]
        end = fence.end()
    parts.append(_clean(text[end:]))
    return BLANKS.sub("\n\n", "".join(parts)).strip()


def _clean(text: str) -> str:
    text = _COMMENT.sub("", _INVISIBLE.sub("", text))
    text = _IMPORT.sub("", text)
    text = _HEADING_TAG.sub(lambda found: f"\n\n{'#' * int(found[1])} {_one_line(found[2])}\n\n", text)
    text = _SUMMARY_TAG.sub(lambda found: f"\n\n#### {_one_line(found[1])}\n\n", text)
    text = _TABLE.sub(lambda found: _table(found[1]), text)
    text = _ITEM_TAG.sub(lambda found: f"\n- {_one_line(found[1])}", text)
    text = _TAG.sub("", _BREAK.sub("\n", text))
    text = _ADMONITION.sub(lambda found: f"\n**{found[1].strip()}**\n" if found[1].strip() else "", text)
    return _PAGE_LINK.sub(lambda found: f"](/help/{slug(found[1])}{found[2] or ''})", text)


def _one_line(html: str) -> str:
    return " ".join(_TAG.sub("", html).split())


def _table(html: str) -> str:
    rows = [[_one_line(cell[1]) for cell in _CELLS.findall(row)] for row in _ROW.findall(html)]
    return "\n\n" + table_of([row for row in rows if row]) + "\n\n"


def table_of(rows: list[list[str]]) -> str:
    """Write rows of cells as a Markdown table; the first row is its header."""
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = [
        "| " + " | ".join(cell.replace("|", "/") for cell in row + [""] * (width - len(row))) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def slug(text: str) -> str:
    """Return a lower-case id of letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "article"
