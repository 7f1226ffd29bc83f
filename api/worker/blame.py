"""Which new labels made a candidate worse: the examples that lie nearest to what broke, under the wrong name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from api.worker.compare import Change
from api.worker.training_data import Example
from api.worker.trial import plain

Vectors = Callable[[Sequence[str]], np.ndarray]  # texts -> float32 (n, dim), unit length
ALIKE = 0.35  # least cosine to blame an example: below it two short messages have little to do with each other
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Suspect:
    """A new training example, and what it is likely to have broken."""

    example: Example
    broke: tuple[str, ...]  # held-out messages that mean something else and are wrong now

    @property
    def line(self) -> str:
        """Say it in one line."""
        return f"“{plain(self.example.text)}”, labelled {self.example.intent}, is behind {len(self.broke)} of them"


def suspects(broken: Sequence[Change], new: Sequence[Example], vectors: Vectors) -> list[Suspect]:
    """Return the new examples likely to have broken held-out messages, the worst first.

    Args:
        broken: held-out messages that were right and are wrong now.
        new: training examples the serving model has not seen.
        vectors: encodes messages.
    """
    if not broken or not new:
        return []
    similarity = vectors([change.text for change in broken]) @ vectors([plain(example.text) for example in new]).T
    blamed: dict[Example, list[str]] = {}
    for change, row in zip(broken, similarity, strict=True):
        likeness = {place: float(row[place]) for place, one in enumerate(new) if one.intent != change.label}
        nearest = max(likeness, key=lambda place: likeness[place], default=None)
        if nearest is not None and likeness[nearest] >= ALIKE:
            blamed.setdefault(new[nearest], []).append(change.text)
    ordered = sorted(blamed.items(), key=lambda item: (-len(item[1]), item[0].text))
    return [Suspect(example, tuple(texts)) for example, texts in ordered[:MOST_NAMED]]
