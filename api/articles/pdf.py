"""PDFs as a title and Markdown: headings by the size of their letters, paragraphs put together again.

A PDF holds letters at places, no paragraphs. What is larger than the text around it is a heading, what stands at the
same place of most pages is left out, and lines are joined until one ends short or a list goes on. Only the reading
child calls this: the limits are its own.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from api.articles.limits import LARGEST_FILE, LONGEST_BODY, MOST_PAGES, Refused

UNPACKED = 20 * 1024 * 1024  # one stream of it
HEADING = 1.15  # times the size of most letters
LONGEST_HEADING = 120
ON_MOST_PAGES = 0.6  # a line on this share of at least three pages is a header or footer
SHORT = 0.75  # of the longest lines: one that ends before ends its paragraph
ITEM = re.compile(r"^(?:[-*•◦▪·–]|\d{1,3}[.)])\s+")  # noqa: RUF001 - a dash lists things as well
BULLET = re.compile(r"^[*•◦▪·–]\s+")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page.

    Attributes:
        size: of its letters, in points.
    """

    text: str
    size: float


def pdf_markdown(content: bytes) -> tuple[str, str]:
    """Read a PDF; return its title (may be empty) and its text as Markdown. Pictures are left out.

    Raises:
        Refused: it is locked, damaged, holds too many pages or no text.
    """
    pages, title = _pages(content)
    if not any(pages):
        raise Refused("there is no text in it; a scan has to be read by a person first")
    lines = [line for page in _without_repeated(pages) for line in page]
    usual = _usual_size(lines)
    heads = [line for line in lines if _is_heading(line, usual)]
    if not title and heads:
        title = max(heads, key=lambda line: line.size).text
    return title, "\n\n".join(_paragraphs(lines, usual, title)).strip()


def _pages(content: bytes) -> tuple[list[list[Line]], str]:
    from pypdf import PdfReader, overwrite_configuration
    from pypdf.errors import PyPdfError

    overwrite_configuration(
        zlib_maximum_output_length=UNPACKED,
        lzw_maximum_output_length=UNPACKED,
        run_length_maximum_output_length=UNPACKED,
        page_tree_maximum_entries=2 * MOST_PAGES,
    )
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise Refused("it is locked with a password")
        if len(reader.pages) > MOST_PAGES:
            raise Refused(f"it has more than {MOST_PAGES} pages")
        pages: list[list[Line]] = []
        read = 0
        for page in reader.pages:
            pages.append(_lines(page))
            read += sum(len(line.text) for line in pages[-1])
            if read > min(LARGEST_FILE, 2 * LONGEST_BODY):
                raise Refused(f"its text is longer than {LONGEST_BODY} characters")
        title = reader.metadata.title if reader.metadata else None
    except Refused:
        raise
    except (PyPdfError, OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise Refused(f"the PDF cannot be read: {str(error)[:200] or type(error).__name__}") from error
    return pages, " ".join(str(title or "").split())


def _lines(page: object) -> list[Line]:
    """Return a page's lines in reading order, each with the size of its largest letters."""
    runs: list[tuple[str, float]] = []

    def hear(text: str, matrix: Sequence[float], text_matrix: Sequence[float], _font: object, size: float) -> None:
        scale = abs(matrix[3] or matrix[1] or 1.0) * abs(text_matrix[3] or text_matrix[1] or 1.0)
        runs.append((text, (size or 0.0) * scale))

    page.extract_text(visitor_text=hear)  # type: ignore[attr-defined]
    letters = [(letter, size) for text, size in runs for letter in text]
    lines = []
    for broken, group in groupby(letters, key=lambda one: one[0] in "\r\n\x0c"):
        held = list(group)
        words = " ".join("".join(letter for letter, _ in held).split())
        if not broken and words:
            lines.append(Line(words, round(max(size for letter, size in held if letter.strip()), 1)))
    return lines


def _without_repeated(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Leave out headers, footers and page numbers: what most pages have, whatever its digits."""
    if len(pages) < 3:
        return [list(page) for page in pages]
    counted = Counter(key for page in pages for key in {_key(line.text) for line in page})
    repeated = {key for key, times in counted.items() if times >= ON_MOST_PAGES * len(pages)}
    return [[line for line in page if _key(line.text) not in repeated] for page in pages]


def _key(text: str) -> str:
    return re.sub(r"\d+", "0", text.casefold())


def _usual_size(lines: Iterable[Line]) -> float:
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def _is_heading(line: Line, usual: float) -> bool:
    return line.size >= HEADING * usual > 0 and len(line.text) <= LONGEST_HEADING


def _paragraphs(lines: Sequence[Line], usual: float, title: str) -> list[str]:
    full = max((len(line.text) for line in lines if line.size <= HEADING * usual), default=0)
    parts: list[str] = []
    open_line: Line | None = None  # the last one, while its paragraph may go on
    for line in lines:
        if _is_heading(line, usual):
            open_line = None
            if line.text.casefold() != title.casefold():
                parts.append(f"## {line.text}")
            continue
        if open_line is not None and not ITEM.match(line.text) and not _ends(open_line, full):
            parts[-1] = _joined(parts[-1], line.text)
        elif ITEM.match(line.text) and parts and ITEM.match(parts[-1].rpartition("\n")[2]):
            parts[-1] += "\n" + BULLET.sub("- ", line.text)
        else:
            parts.append(BULLET.sub("- ", line.text))
        open_line = line
    return parts


def _ends(line: Line, full: int) -> bool:
    ended = line.text.endswith((".", "!", "?", ":")) or ITEM.match(line.text) is not None
    return ended and len(line.text) < SHORT * full


def _joined(before: str, text: str) -> str:
    if before.endswith("-") and text[:1].islower():
        return before[:-1] + text
    return f"{before} {text}"
