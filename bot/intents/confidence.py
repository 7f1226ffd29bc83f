"""How sure the classifier is: in scope at all, and right if it is.

What lies outside is told from what lies inside by two kinds of evidence at once: how close the nearest known examples
are (best on small, messy bots) and how strongly the classifier speaks (largest logit and energy; best on CLINC150).
Energy is Liu et al. 2020, "Energy-based Out-of-distribution Detection"; largest logit is Hendrycks et al. 2022.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.intents.vectors import Array, Floats, Integers

NARROW = 10.0  # sharpness of the density: an example at cosine 0.9 weighs a third of one at 1.0
SIGNALS = (
    "largest_logit",
    "energy",
    "margin",
    "nearest",
    "nearest_three",
    "agreement",
    "outside_nearer",
    "nearest_of_label",
    "density",
)


def signals(logits: Floats, cosines: Floats, starts: Integers) -> Floats:
    """Collect what confidence is judged by, one column for each of `SIGNALS`.

    Args:
        logits: shape (n, labels).
        cosines: to the known examples, shape (n, examples).
        starts: each label's first example, then the first one out of scope; shape (labels + 1,).
    """
    ordered = np.sort(logits, axis=1)
    largest = ordered[:, -1]
    second = ordered[:, -2] if logits.shape[1] > 1 else np.zeros_like(largest)
    energy = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))
    inside, outside = cosines[:, : starts[-1]], cosines[:, starts[-1] :]
    by_label = np.maximum.reduceat(inside, starts[:-1], axis=1)
    best = logits.argmax(axis=1)
    nearest = by_label.max(axis=1)
    three = np.partition(inside, -3, axis=1)[:, -3:].mean(axis=1) if inside.shape[1] >= 3 else nearest
    of_label = by_label[np.arange(len(logits)), best]
    agreement = (by_label.argmax(axis=1) == best).astype(np.float32)
    stranger = outside.max(axis=1) - nearest if outside.shape[1] else -nearest
    density = np.log(np.exp(np.float32(NARROW) * (inside - 1)).sum(axis=1))
    columns = (largest, energy, largest - second, nearest, three, agreement, stranger, of_label, density)
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
