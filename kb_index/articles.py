"""Help articles: what they are, and reading a folder of them."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kb_index.html_page import title_and_markdown
from kb_index.markup import plain_markdown, slug
from kb_index.plain_yaml import read_plain_yaml

Audience = Literal["public", "internal"]
SUFFIXES = (".md", ".mdx", ".markdown", ".html", ".htm", ".txt")

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_FIRST_HEADING = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*$\n?", re.MULTILINE)


class ArticleUnreadable(ValueError):
    """A file of the folder is not an article; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Article:
    """One help article."""

    article_id: str  # lower-case slug
    title: str
    body: str  # Markdown, or plain text when `plain`
    questions: tuple[str, ...] = ()  # how customers ask for it
    audience: Audience = "public"  # "internal": for agents only, never for a customer or the bot
    category: str = ""
    updated: datetime.date | None = None
    plain: bool = False  # `body` is plain text, in which no character is a mark
    phrasings: tuple[str, ...] = ()  # what customers wrote when it was the answer; for finding it, never shown


def load_articles(folder: Path) -> list[Article]:
    """Read every article of a folder and its sub-folders, sorted by id.

    Markdown with or without front matter (`id`, `title`, `questions`, `audience`, `category`, `updated`), Markdown with
    tags and imports, HTML, and plain text. Without an id, the file's path is the id.

    Raises:
        ArticleUnreadable: the folder holds no article, a front matter is not valid, or two articles have one id.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    articles = [article for path in files if (article := read_article(path, folder)).body]
    if not articles:
        raise ArticleUnreadable(f"{folder}: no article found")
    twice = [name for name, count in Counter(article.article_id for article in articles).items() if count > 1]
    if twice:
        raise ArticleUnreadable(f"{folder}: more than one article has the id {', '.join(sorted(twice))}")
    return sorted(articles, key=lambda article: article.article_id)


def read_article(path: Path, folder: Path) -> Article:
    """Read one file; `folder` is where ids begin.

    Raises:
        ArticleUnreadable: it is not UTF-8, or its front matter is not valid.
    """
    name = path.relative_to(folder).with_suffix("").as_posix()
    try:
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ArticleUnreadable(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from error
    if path.suffix.lower() in (".html", ".htm"):
        title, body = title_and_markdown(text)
        return Article(slug(name), title or title_of(name), body)
    if path.suffix.lower() == ".txt":
        return Article(slug(name), title_of(name), text.strip(), plain=True)
    try:
        return parse_article(text, name)
    except ValueError as error:
        raise ArticleUnreadable(f"{path}: {error}") from error


def parse_article(text: str, name: str) -> Article:
    """Parse Markdown with optional front matter; `name` stands in for a missing id or title.

    Raises:
        ValueError: the front matter is not plain YAML, or a field of it has a value it may not have.
    """
    fields, body = front_matter(text)
    body = plain_markdown(body)
    title = str(fields.get("title") or "")
    if heading := _FIRST_HEADING.match(body):
        title = title or heading[1]
        body = body[heading.end() :].strip()
    return Article(
        article_id=slug(str(fields.get("id") or name)),
        title=title or title_of(name),
        body=body,
        questions=_questions(fields.get("questions")),
        audience=_audience(fields.get("audience")),
        category=str(fields.get("category") or ""),
        updated=_date(fields.get("updated")),
    )


def front_matter(text: str) -> tuple[dict[str, object], str]:
    """Split a page into its front matter's fields (empty without one) and the rest.

    Raises:
        ValueError: the front matter is not plain YAML, or no mapping.
    """
    found = _FRONT_MATTER.match(text)
    if found is None:
        return {}, text
    fields = read_plain_yaml(found[1]) or {}
    if not isinstance(fields, dict):
        raise ValueError("the front matter is no mapping of names to values")
    return {str(name): value for name, value in fields.items()}, text[found.end() :]


def title_of(name: str) -> str:
    """Make a title of a file's name."""
    return re.sub(r"[-_/]+", " ", name).strip().capitalize()


def _questions(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"questions must be a list, not {value!r}")
    return tuple(text for question in value if (text := str(question).strip()))


def _audience(value: object) -> Audience:
    if value is None:
        return "public"
    if value == "public":
        return "public"
    if value == "internal":
        return "internal"
    raise ValueError(f"audience must be public or internal, not {value!r}")


def _date(value: object) -> datetime.date | None:
    if value is None or isinstance(value, datetime.date):
        return value.date() if isinstance(value, datetime.datetime) else value
    return datetime.date.fromisoformat(str(value))
