"""A small shelf of articles and an encoder whose cosines a reader can work out by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kb_index.articles import Article
from kb_index.build import build, publish
from kb_index.encoder import Vectors
from kb_index.pages import Spans
from kb_index.search import Search

AXES = ("parcel", "return", "refund", "norway", "boots", "gift", "password", "coffee")


class FakeEncoder:
    """One axis per word of `AXES` and one for everything else, so that 0.7071 is 45 degrees."""

    encoder_version = "fake-1"
    dim = len(AXES) + 1

    def __init__(self, version: str = "fake-1") -> None:
        self.encoder_version = version
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return np.array([self._one(text) for text in texts], dtype=np.float32).reshape(len(texts), self.dim)

    def _one(self, text: str) -> Vectors:
        words = re.findall(r"[a-z]+", text.lower())
        vector = np.array([float(axis in words) for axis in AXES] + [0.0], dtype=np.float32)
        if not vector.any():
            vector[-1] = 1.0
        return vector / np.linalg.norm(vector)


def split_at_full_stops(texts: Sequence[str]) -> list[Spans]:
    """Sentences end at a full stop, a question mark or a line's end."""
    return [[found.span() for found in re.finditer(r"[^\s.?!\n][^.?!\n]*[.?!]?", text)] for text in texts]


ARTICLES = (
    Article(
        "parcels", "Parcel late", "A parcel takes three days. Write to us when it is late.", ("where is my parcel",)
    ),
    Article("returns", "Send things back", "A return is free for thirty days. Print the label at home."),
    Article("norway", "Norway", "We deliver to Norway by ship. A parcel to Norway takes nine days."),
    Article("boots", "Boots that fit", "Boots may be worn indoors for a week. Boots get wider when worn."),
    Article("vouchers", "Gift cards", "A gift card is valid for two years.", ("how long is a gift card valid",)),
    Article("override", "Refund by hand", "An agent may refund up to fifty pounds by hand.", audience="internal"),
)


def shelve(
    root: Path,
    articles: Sequence[Article] = ARTICLES,
    *,
    encoder: FakeEncoder | None = None,
    outside: Sequence[str] = (),
) -> str:
    """Build and publish articles as knowledge base `main`; return the version."""
    version = build(
        articles,
        root,
        encoder=encoder or FakeEncoder(),  # type: ignore[arg-type]
        outside=outside,
        split=split_at_full_stops,
    )
    publish(root, "main", version)
    return version


def opened(root: Path) -> Search:
    """Open what serves."""
    return Search.open(root, encoder=FakeEncoder())  # type: ignore[arg-type]
