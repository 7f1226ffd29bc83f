"""How far a counted share may be from the true one."""

from __future__ import annotations

import math

from kb_index.cut_offs import binomial_tail

Z = 1.959964  # of the normal distribution, for 95 %


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927); (0, 1) when nothing was counted.

    Args:
        count: how many, 0 to `of`.
        of: of how many.
    """
    if of == 0:
        return 0.0, 1.0
    share, spread = count / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def chance_of_as_many(count: int, of: int, share: float) -> float:
    """Return the chance of at least `count` among `of` when each is one with the probability `share`.

    Args:
        count: how many there were, at least 0.
        of: among how many.
        share: in [0, 1].
    """
    if count <= 0 or share >= 1.0:
        return 1.0
    if share <= 0.0:
        return 0.0
    return max(0.0, 1.0 - binomial_tail(count - 1, of, share))


def quantile(values: list[float], share: float) -> float | None:
    """Return the smallest value that at least `share` of the values do not exceed; None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
