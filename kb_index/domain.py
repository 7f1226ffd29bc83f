"""Where a knowledge base ends: a regression from a message's vector to whether it is about what the articles are about.

Nearness to an article is not enough: "is there a shop in Bristol" is near to opening hours that say nothing of it. What
customers asked in vain teaches the difference; a short list of what nobody's articles answer stands in where a company
has labelled none, and beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kb_index.encoder import Vectors

BACKGROUND = Path(__file__).with_name("background.txt")
C = 2.0  # 1 to 5 do as well on the shop's development questions
NOT_BACKGROUND = 0.6  # cosine to anything of the knowledge base from which a line of the list may be its business

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Domain:
    """A logistic regression: above 0 a message is more like what the articles are about than like anything else."""

    weights: Vectors  # shape (dim,)
    bias: float

    def logit(self, vector: Vectors) -> float:
        """Return the logit of a message being about what the articles are about."""
        return float(self.weights @ vector) + self.bias


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
    beyond = np.vstack([outside, common])
    if not len(beyond):
        return Domain(np.zeros(own.shape[1], np.float32), 0.0)
    from sklearn.linear_model import LogisticRegression

    rows = np.vstack([own, beyond])
    is_own = np.arange(len(rows)) < len(own)
    counts = np.where(is_own, len(beyond) / len(own), 1.0)
    fitted = LogisticRegression(C=C, max_iter=500).fit(rows, is_own, sample_weight=counts)
    return Domain(fitted.coef_[0].astype(np.float32), float(fitted.intercept_[0]))
