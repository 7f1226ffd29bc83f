"""Reading what somebody uploads as articles: Markdown, HTML, plain text, CSV, PDF, Word, and zips of these.

Nothing is trusted: what a file is, is told by its content; a zip is read in memory, member by member, within limits,
and never unpacked to a disk; whatever breaks a reader breaks a child process with limits of its own (`python -m
api.articles.intake`), not the service.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

from api.articles.archives import is_zip, members
from api.articles.child import within_limits
from api.articles.documents import office_kind, word_markdown
from api.articles.limits import (
    LARGEST_FILE,
    LARGEST_UPLOAD,
    LONGEST_BODY,
    LONGEST_QUESTION,
    LONGEST_TITLE,
    MOST_ARTICLES,
    MOST_QUESTIONS,
    Refused,
)
from api.articles.pdf import pdf_markdown
from kb_index.articles import Article, parse_article, title_of
from kb_index.html_page import title_and_markdown
from kb_index.markup import plain_markdown, slug

# What is no text, by how it begins.
MAGIC = {
    b"MZ": "a program",
    b"\x7fELF": "a program",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a packed file: only zip is read",
    b"7z\xbc\xaf": "a packed file: only zip is read",
    b"Rar!": "a packed file: only zip is read",
    b"\xd0\xcf\x11\xe0": "an old Office document: save it as HTML first",
}
HTML = re.compile(r"\A\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
SVG = re.compile(r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype[^>]*>\s*)?<svg\b", re.IGNORECASE)
XML = re.compile(r"\A\s*<\?xml\b", re.IGNORECASE)
BODY_COLUMNS = ("body", "answer", "text", "content")
QUESTION_COLUMNS = ("questions", "question")


@dataclass(frozen=True, slots=True)
class Taken:
    """What was read of an upload.

    Attributes:
        articles: in the order of their ids.
        refused: file name -> why it was not read.
        files: article id -> the file it came from.
    """

    articles: tuple[Article, ...]
    refused: dict[str, str]
    files: dict[str, str]


def read_upload(content: bytes, name: str) -> Taken:
    """Read an upload.

    Args:
        content: the file.
        name: what its sender calls it; only the end of it is used, to tell Markdown, plain text and CSV apart.

    Raises:
        Refused: it is nothing that articles are read from, or a zip that is no good as a whole.
    """
    if len(content) > LARGEST_UPLOAD:
        raise Refused(f"it is larger than {LARGEST_UPLOAD // 2**20} MB")
    refused: dict[str, str] = {}
    found: list[tuple[Article, str]] = []
    alone = not is_zip(content) or office_kind(content) is not None
    files = iter([(name, content)]) if alone else members(content)
    for file, inside in files:
        try:
            found += [(article, file) for article in read_file(inside, file)]
        except Refused as error:
            if alone:
                raise
            refused[file] = str(error)
        if len(found) > MOST_ARTICLES:
            raise Refused(f"it holds more than {MOST_ARTICLES} articles")
    kept = dict(_apart(found, refused))
    articles = sorted(kept, key=lambda article: article.article_id)
    return Taken(tuple(articles), refused, {article.article_id: file for article, file in kept.items()})


def read_file(content: bytes, name: str) -> list[Article]:
    """Read one file as articles; a CSV may hold many.

    Raises:
        Refused: it is no text, or not one that articles are read from.
    """
    stem, suffix = PurePosixPath(name).with_suffix("").as_posix(), PurePosixPath(name).suffix.lower()
    if (document := _document(content)) is not None:
        title, body = document
        return [_checked(Article(slug(stem), title or title_of(stem), body))]
    text = _text(content)
    if SVG.match(text):
        raise Refused("it is a picture")
    try:
        if HTML.match(text):
            title, body = title_and_markdown(text)
            articles = [Article(slug(stem), title or title_of(stem), body)]
        elif XML.match(text):
            raise Refused("it is XML, which is not read")
        elif suffix == ".csv":
            articles = list(_rows(text))
        elif suffix in (".md", ".mdx", ".markdown", ".txt", ".html", ".htm", ""):
            articles = [parse_article(text, stem)]
        else:
            raise Refused("only Markdown, HTML, plain text, CSV, PDF, Word and zips of these are read")
    except (ValueError, csv.Error, RecursionError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(f"it cannot be read: {str(error)[:200] or type(error).__name__}") from error
    return [_checked(article) for article in articles]


def _document(content: bytes) -> tuple[str, str] | None:
    """Read a PDF or a Word document; None when it is neither."""
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return pdf_markdown(content)
    if not is_zip(content):
        return None
    match office_kind(content):
        case "docx":
            return word_markdown(content)
        case "xlsx":
            raise Refused("it is a spreadsheet: save it as CSV")
        case "pptx":
            raise Refused("it is a presentation: save it as PDF")
    return None


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise Refused(f"it is a text of more than {LARGEST_FILE // 2**20} MB")
    for magic, what in MAGIC.items():
        if content.startswith(magic):
            raise Refused(f"it is {what}")
    if content.startswith(b"PK"):
        raise Refused("it is a zip inside a zip")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Refused("it is no UTF-8 text") from error
    if "\0" in text:
        raise Refused("it is no text")
    return text


def _rows(text: str) -> Iterator[Article]:
    csv.field_size_limit(LONGEST_BODY)
    rows = csv.DictReader(io.StringIO(text))
    columns = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
    body_column = next((columns[name] for name in BODY_COLUMNS if name in columns), None)
    if body_column is None:
        raise Refused(f"its first line names no column of {', '.join(BODY_COLUMNS)}")

    for number, row in enumerate(rows, start=1):
        fields = {plain: (row.get(name) or "").strip() for plain, name in columns.items()}
        body = plain_markdown((row.get(body_column) or "").strip())
        asked = next((fields[name] for name in QUESTION_COLUMNS if fields.get(name)), "")
        questions = tuple(part.strip() for part in re.split(r"\n|\s\|\s", asked) if part.strip())
        title = fields.get("title") or (questions[0] if questions else "")
        if not body or not title:
            raise Refused(f"line {number + 1} lacks a title or a text")
        yield Article(
            slug(fields.get("id") or title),
            title,
            body,
            questions,
            "internal" if fields.get("audience") == "internal" else "public",
            fields.get("category", ""),
        )


def _checked(article: Article) -> Article:
    if not article.body.strip():
        raise Refused("it holds no text")
    if len(article.body) > LONGEST_BODY:
        raise Refused(f"its text is longer than {LONGEST_BODY} characters")
    questions = tuple(" ".join(question.split())[:LONGEST_QUESTION] for question in article.questions[:MOST_QUESTIONS])
    title = " ".join(article.title.split())[:LONGEST_TITLE]
    return replace(article, article_id=article.article_id[:100].strip("-"), title=title, questions=questions)


def _apart(found: list[tuple[Article, str]], refused: dict[str, str]) -> Iterator[tuple[Article, str]]:
    seen: set[str] = set()
    for article, file in found:
        if article.article_id in seen:
            refused[article.title] = f"another article has the id {article.article_id}"
        else:
            seen.add(article.article_id)
            yield article, file


def main(upload: Path, name: str, output: Path) -> int:
    """Read an upload within limits and write what was read as JSON: the child's whole life."""
    within_limits()
    try:
        taken = read_upload(upload.read_bytes(), name)
    except Refused as error:
        output.write_text(json.dumps({"refusal": str(error)}), encoding="utf-8")
        return 0
    articles = [{**asdict(article), "updated": None} for article in taken.articles]
    read = {"articles": articles, "refused": taken.refused, "files": taken.files}
    output.write_text(json.dumps(read), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
