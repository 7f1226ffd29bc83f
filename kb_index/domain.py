"""Where a knowledge base ends: a regression from a message's vector to whether it is about what the articles are about.

Nearness to an article is not enough: "is there a shop in Bristol" is near to opening hours that say nothing of it. What
customers asked in vain teaches the difference; a short list of what nobody's articles answer stands in where a company
has labelled none, and beside it. The border is drawn where it lies: "do you sell maps of Norway" was asked in vain and
"do you deliver to Norway" was not, which no straight line through all subjects can tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kb_index.encoder import Vectors

BACKGROUND = Path(__file__).with_name("background.txt")
SHARPNESS = 2.0  # of likeness, exp(SHARPNESS (cosine - 1)); 1 to 3 do as well on the shop's development questions
RIDGE = 0.3  # 0.1 does as well, 1 a little worse
NOT_BACKGROUND = 0.6  # cosine to anything of the knowledge base from which a line of the list may be its business
MOST_KNOWN = 4_000  # rows to learn from: learning takes their third power, two seconds for these

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Domain:
    """A kernel ridge regression: 1 for what the articles say and are asked for by, -1 for what they do not answer."""

    vectors: Vectors  # what it learned from, shape (rows, dim)
    shares: Vectors  # what each of these adds to a message that is just like it, shape (rows,)

    def position(self, vector: Vectors) -> float:
        """Return where a message lies: above 0 within what the articles are about, below 0 beyond it, about -2 to 2."""
        return float(_likeness(self.vectors @ vector) @ self.shares)


@lru_cache(maxsize=1)
def background() -> tuple[str, ...]:
    """Return the messages that hardly any company's articles answer."""
    return tuple(BACKGROUND.read_text(encoding="utf-8").splitlines())


def learn_domain(own: Vectors, outside: Vectors, common: Vectors) -> Domain:
    """Learn to tell what the articles are about from what they are not; both count the same in all.

    Args:
        own: what the articles say and are asked for by, shape (n, dim), at least one.
        outside: what customers asked that no article answers.
        common: `background`; of these, what is close to the articles is left out.
    """
    common = common[(common @ own.T).max(axis=1) < NOT_BACKGROUND]
    beyond = _evenly(np.vstack([outside, common]), MOST_KNOWN // 2)
    if not len(beyond):
        return Domain(own[:0], np.empty(0, np.float32))
    own = _evenly(own, MOST_KNOWN - len(beyond))
    rows = np.vstack([own, beyond])
    sides = np.repeat([1.0, -1.0], [len(own), len(beyond)])
    counts = np.repeat([len(beyond) / len(own), 1.0], [len(own), len(beyond)])
    alike = _likeness(rows @ rows.T)
    alike[np.diag_indices(len(alike))] += RIDGE / counts
    shares = np.linalg.solve(alike, sides)
    return Domain(rows.astype(np.float32), shares.astype(np.float32))


def _likeness(cosines: Vectors) -> Floats:
    alike: Floats = np.exp(SHARPNESS * (cosines.astype(np.float64) - 1.0))
    return alike


def _evenly(vectors: Vectors, most: int) -> Vectors:
    """Keep so many of the rows at the most, from beginning to end."""
    if len(vectors) <= most:
        return vectors
    return vectors[np.linspace(0, len(vectors) - 1, most).astype(np.intp)]
