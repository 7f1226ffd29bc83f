"""What customers wrote, and which article answered it: enough of these, and the articles can be told apart by them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kb_index.encoder import Vectors

Numbers = npt.NDArray[np.int32]

ENOUGH = 8  # listed questions and phrasings of an article that can be told apart from others by them
C = 30.0  # how freely the regression follows its examples; anything from 10 to 100 does as well (docs/retrieval.md)
PASSAGE = 0.3  # what a passage counts for, against something a customer wrote


@dataclass(frozen=True, slots=True)
class Taught:
    """A multinomial logistic regression from a message's vector to the article that answers it."""

    weights: Vectors  # shape (articles, dim); (0, dim) where too little is known
    bias: Vectors  # shape (articles,), or (0,)

    @classmethod
    def nothing(cls, dim: int) -> Taught:
        """Return what is known where customers' words are too few."""
        return cls(np.empty((0, dim), np.float32), np.empty(0, np.float32))

    def evidence(self, vector: Vectors, articles: int) -> npt.NDArray[np.float64]:
        """Return, for each article, the square root of its chance divided by the likeliest one's; zeros without any.

        The root keeps the second and third choice in the running: the regression is surer of itself than it should be.
        """
        if not len(self.bias):
            return np.zeros(articles)
        logits = (self.weights @ vector + self.bias).astype(np.float64)
        roots: npt.NDArray[np.float64] = np.exp((logits - logits.max()) / 2)
        return roots


def teach(asked: tuple[Vectors, Numbers], passages: tuple[Vectors, Numbers], articles: int) -> Taught:
    """Fit the regression, if half of the articles have `ENOUGH` that customers asked for them by.

    Args:
        asked: vectors of titles, listed questions and phrasings, and the article of each.
        passages: vectors of passages, and the article of each.
        articles: how many there are.
    """
    vectors, owners = asked
    known = Counter(owners.tolist())
    if articles < 2 or sum(count - 1 >= ENOUGH for count in known.values()) < articles / 2:  # one is the title
        return Taught.nothing(vectors.shape[1])
    from sklearn.linear_model import LogisticRegression

    rows = np.vstack([vectors, passages[0]])
    classes = np.concatenate([owners, passages[1]])
    counts = np.concatenate([np.ones(len(owners)), np.full(len(passages[1]), PASSAGE)])
    fitted = LogisticRegression(C=C, max_iter=500).fit(rows, classes, sample_weight=counts)
    weights, bias = fitted.coef_, fitted.intercept_
    if articles == 2:  # scikit-learn gives the second article's only
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    placed, offsets = np.zeros((articles, rows.shape[1]), np.float32), np.full(articles, -np.inf, np.float32)
    placed[fitted.classes_], offsets[fitted.classes_] = weights, bias
    return Taught(placed, offsets)
