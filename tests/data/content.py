"""Reading the demo shop's articles and questions for the checks of this folder."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import Stemmer
import yaml
from bm25s.stopwords import STOPWORDS_EN_PLUS

DATA = Path(__file__).parents[2] / "data"
ARTICLES = DATA / "articles"
STEMMER = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True)
class ShopArticle:
    """One Markdown file of the demo shop, front matter and body apart."""

    slug: str
    front: dict[str, Any]
    body: str

    @property
    def public(self) -> bool:
        return bool(self.front["audience"] == "public")

    @property
    def headline(self) -> str:
        """Title and listed questions: the words a customer would meet first."""
        return "\n".join([self.front["title"], *self.front["questions"]])


def read_articles() -> dict[str, ShopArticle]:
    found = {}
    for path in sorted(ARTICLES.glob("*.md")):
        start, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        assert start == "", path.name
        found[path.stem] = ShopArticle(path.stem, yaml.safe_load(front), body)
    return found


def read_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def content_words(text: str) -> set[str]:
    """Stems of the words that carry meaning, so "parcels" meets "parcel" and "the" meets nothing."""
    words = re.findall(r"[a-z0-9£]+", text.lower().replace("'", ""))
    return {STEMMER.stemWord(word) for word in words if word not in STOPWORDS_EN_PLUS}
