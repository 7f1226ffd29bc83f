"""Messages that mean the same, together: what an administrator looks at once instead of sixty times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from api.review.candidates import Candidate

Vectors = Callable[[Sequence[str]], np.ndarray]  # texts -> float32 (n, dim), unit length
ALIKE = 0.62  # least cosine to a cluster's middle: MiniLM's paraphrases of one question lie above it
WORD_AXES = 512
REJECTED_COSTS, HAND_OFF_COSTS = 1.0, 0.5  # beside 1 for each conversation, and its customer's frustration


@dataclass(frozen=True, slots=True)
class Cluster:
    """Messages worth a look that mean about the same, the most typical first."""

    candidates: tuple[Candidate, ...]
    middle: np.ndarray  # float32 (dim,), unit length
    impact: float  # conversations, weighted by how badly each went

    @property
    def conversations(self) -> int:
        """In how many conversations it was said."""
        return len({one.message.conversation_id for one in self.candidates})


def clusters(found: Sequence[Candidate], vectors: Vectors) -> list[Cluster]:
    """Put messages that mean the same together, those with the largest impact first.

    Each message joins the cluster whose middle is nearest, or begins one. Older messages come first, so that what
    comes in later changes no cluster's beginning.
    """
    if not found:
        return []
    ordered = sorted(found, key=lambda one: (one.message.created_at, one.message.id))
    encoded = vectors([one.message.text for one in ordered])
    sums: list[np.ndarray] = []
    members: list[list[int]] = []
    for place, vector in enumerate(encoded):
        likeness = [float(vector @ total) / float(np.linalg.norm(total)) for total in sums]
        nearest = int(np.argmax(likeness)) if likeness else -1
        if nearest >= 0 and likeness[nearest] >= ALIKE:
            sums[nearest] = sums[nearest] + vector
            members[nearest].append(place)
        else:
            sums.append(vector.copy())
            members.append([place])
    made = [_cluster([ordered[i] for i in places], encoded[places]) for places in members]
    return sorted(made, key=lambda one: (-one.impact, one.candidates[0].message.id))


def _cluster(candidates: Sequence[Candidate], encoded: np.ndarray) -> Cluster:
    total = encoded.sum(axis=0)
    length = float(np.linalg.norm(total))
    middle = total / length if length > 0 else total
    order = np.argsort(-(encoded @ middle), kind="stable")
    return Cluster(tuple(candidates[i] for i in order), middle, impact(candidates))


def impact(candidates: Sequence[Candidate]) -> float:
    """Return how much it matters: one for each conversation, more for each that was rejected, handed over, angry."""
    worst: dict[str, float] = {}
    for one in candidates:
        cost = 1.0 + (one.turn.frustration or 0.0 if one.turn else 0.0)
        cost += REJECTED_COSTS * ("rejected" in one.reasons) + HAND_OFF_COSTS * ("hand_off" in one.reasons)
        conversation = one.message.conversation_id
        worst[conversation] = max(cost, worst.get(conversation, 0.0))
    return round(sum(worst.values()), 3)


def word_vectors(texts: Sequence[str]) -> np.ndarray:
    """Return vectors of which words texts share: what stands in where no sentence encoder is at hand."""
    vectors = np.zeros((len(texts), WORD_AXES), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in "".join(c if c.isalnum() else " " for c in text.casefold()).split():
            vectors[row, crc32(word.encode()) % WORD_AXES] += 1.0
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths == 0, 1.0, lengths)
