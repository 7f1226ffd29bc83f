"""How sure the classifier is: in scope at all, and right if it is.

What lies outside is told from what lies inside by two kinds of evidence at once: how close the nearest known example is
(best on small, messy bots) and how strongly the classifier speaks (largest logit and energy; best on CLINC150).
Energy is Liu et al. 2020, "Energy-based Out-of-distribution Detection"; largest logit is Hendrycks et al. 2022.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.intents.vectors import Array, Floats, Integers

LIKELY = 20  # labels whose examples are compared with a message
SIGNALS = ("largest_logit", "energy", "margin", "nearest", "nearest_three", "agreement", "outside_nearer")


@dataclass(frozen=True)
class Neighbours:
    """The training examples, to ask which lies nearest."""

    inside: Floats  # shape (examples, dim), ordered by label
    labels: Integers  # of `inside`, ascending: index of its label
    outside: Floats  # shape (out-of-scope examples, dim); may be empty

    @classmethod
    def of(cls, inside: Floats, labels: Integers, outside: Floats) -> Neighbours:
        """Put the examples in the order of their labels."""
        order = np.argsort(labels, kind="stable")
        return cls(inside[order], labels[order], outside)

    def nearest_inside(self, vectors: Floats, logits: Floats) -> tuple[Floats, Floats, Integers]:
        """Return, for each vector: the best cosine, the mean of the three best, the nearest example's label.

        Only the examples of the `LIKELY` labels with the largest logits are compared: the nearest is among them, and
        thousands of others need not be read for every message.
        """
        best = np.empty(len(vectors), dtype=np.float32)
        three = np.empty(len(vectors), dtype=np.float32)
        nearest = np.empty(len(vectors), dtype=np.int64)
        for row, (vector, odds) in enumerate(zip(vectors, logits, strict=True)):
            likely = np.argpartition(-odds, LIKELY)[:LIKELY] if len(odds) > LIKELY else np.arange(len(odds))
            starts = np.searchsorted(self.labels, likely, side="left")
            ends = np.searchsorted(self.labels, likely, side="right")
            found = [self.inside[start:end] @ vector for start, end in zip(starts, ends, strict=True)]
            highest = [float(cosines.max()) if len(cosines) else -1.0 for cosines in found]
            top = np.sort(np.concatenate(found))[-3:]
            best[row], three[row] = top[-1], top.mean()
            nearest[row] = likely[int(np.argmax(highest))]
        return best, three, nearest

    def nearest_outside(self, vectors: Floats, *, leave_out_itself: bool = False) -> Floats:
        """Return the cosine to the nearest out-of-scope example; 0 where there is none.

        Args:
            vectors: shape (n, dim).
            leave_out_itself: `vectors` are `outside` itself, and each must not find itself.
        """
        if len(self.outside) < (2 if leave_out_itself else 1):
            return np.zeros(len(vectors), dtype=np.float32)
        cosines = vectors @ self.outside.T
        if leave_out_itself:
            np.fill_diagonal(cosines, -1.0)
        nearest: Floats = cosines.max(axis=1)
        return nearest


def signals(logits: Floats, vectors: Floats, neighbours: Neighbours, *, outside_itself: bool = False) -> Floats:
    """Collect what confidence is judged by, one column for each of `SIGNALS`."""
    ordered = np.sort(logits, axis=1)
    largest = ordered[:, -1]
    second = ordered[:, -2] if logits.shape[1] > 1 else np.zeros_like(largest)
    energy = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))
    nearest, three, label = neighbours.nearest_inside(vectors, logits)
    outside = neighbours.nearest_outside(vectors, leave_out_itself=outside_itself)
    agreement = (label == logits.argmax(axis=1)).astype(np.float32)
    columns = (largest, energy, largest - second, nearest, three, agreement, outside - nearest)
    stacked: Floats = np.stack(columns, axis=1).astype(np.float32)
    return stacked


@dataclass(frozen=True)
class Scorer:
    """A logistic regression over signals: a chance in [0, 1]."""

    centre: Floats
    scale: Floats
    weights: Floats
    bias: float

    def chance(self, columns: Floats) -> Floats:
        """Return the chance for each row of signals."""
        total = (columns - self.centre) / self.scale @ self.weights + self.bias
        chances: Floats = (1.0 / (1.0 + np.exp(-np.clip(total, -30, 30)))).astype(np.float32)
        return chances

    def arrays(self, name: str) -> dict[str, Array]:
        """Return the arrays to save, each under a name that begins with `name`."""
        bias = np.array([self.bias], dtype=np.float32)
        return {
            f"{name}_centre": self.centre,
            f"{name}_scale": self.scale,
            f"{name}_weights": self.weights,
            f"{name}_bias": bias,
        }

    @classmethod
    def from_arrays(cls, name: str, arrays: dict[str, Array]) -> Scorer:
        """Take back what `arrays` returned."""
        centre, scale, weights = (arrays[f"{name}_{part}"] for part in ("centre", "scale", "weights"))
        return cls(centre, scale, weights, float(arrays[f"{name}_bias"][0]))
