"""Cut-offs from labelled questions: how sure is sure enough, for a budget of wrong answers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

RISK = 0.1  # chance that the cut-off breaks the budget although it was found not to
SUREST = 0.33  # share of the questions, the surest, that the testing begins with: fewer prove nothing
FEWEST = 20  # answers below which nothing is claimed


def answer_cut_off(confidence: Floats, right: Flags, *, budget: float) -> float:
    """Choose the confidence from which the bot answers.

    The lowest one at which the share of wrong answers is shown to be within the budget. Cut-offs are tried from the
    surest third down, each with an exact binomial test, until one fails (fixed-sequence testing; Angelopoulos et al.,
    Learn then Test, 2021): the chance that the budget is broken nevertheless is at most `RISK`, as long as customers
    ask as the labelled questions do. When the questions are too few to show anything, it is the lowest one at which the
    budget is kept in the sample with one more wrong answer: an estimate.

    Args:
        confidence: of the first article of each labelled question.
        right: whether that article is right.
        budget: greatest share of wrong answers among those given.
    """
    order = np.argsort(-confidence, kind="stable")
    sure, wrong = confidence[order], np.cumsum((~right[order]).astype(int))
    sizes = [n for n in range(1, len(sure) + 1) if n == len(sure) or sure[n] != sure[n - 1]]  # ties go together
    given = proven(sizes, wrong, budget) or widest(sizes, wrong, budget)
    return float(sure[given - 1]) if given else float(confidence.max(initial=0.9))


def proven(sizes: Sequence[int], wrong: npt.NDArray[np.int_], budget: float) -> int | None:
    """Return the most answers that are shown to keep the budget; None when nothing is shown.

    Args:
        sizes: how many questions are answered at each possible cut-off, rising.
        wrong: how many of the first so many answers are wrong, the surest first.
        budget: greatest share of wrong answers.
    """
    step = max(1, len(wrong) // 40)
    fewest = math.ceil(math.log(RISK) / math.log(1 - budget))  # so many right answers and no wrong one show it
    found, following = None, max(fewest, round(SUREST * len(wrong)))
    for size in sizes:
        if size < following:
            continue
        if binomial_tail(int(wrong[size - 1]), size, budget) > RISK:
            break
        found, following = size, size + step
    return found


def widest(sizes: Sequence[int], wrong: npt.NDArray[np.int_], budget: float) -> int | None:
    """Return the most answers that keep the budget in the sample and one more, at least `FEWEST`; None when none do."""
    return max((size for size in sizes if size >= FEWEST and wrong[size - 1] + 1 <= budget * (size + 1)), default=None)


def binomial_tail(wrong: int, given: int, budget: float) -> float:
    """Return the chance of at most `wrong` wrong answers among `given` if the true share were the budget."""
    log_budget, log_rest, arrangements = math.log(budget), math.log1p(-budget), math.lgamma(given + 1)
    logs = (
        arrangements - math.lgamma(k + 1) - math.lgamma(given - k + 1) + k * log_budget + (given - k) * log_rest
        for k in range(wrong + 1)
    )  # the binomial coefficients of some thousand questions are beyond a float
    return min(1.0, math.fsum(map(math.exp, logs)))


def best_parting(coverage: Floats, answerable: Flags, *, otherwise: float) -> float:
    """Return the chance that keeps most answerable and drops most unanswerable questions; `otherwise` without both."""
    yes, no = np.sort(coverage[answerable]), np.sort(coverage[~answerable])
    if not len(yes) or not len(no):
        return otherwise
    cuts = np.unique(coverage)
    kept = 1 - np.searchsorted(yes, cuts) / len(yes)
    dropped = np.searchsorted(no, cuts) / len(no)
    return float(cuts[int(np.argmax(np.minimum(kept, dropped)))])
