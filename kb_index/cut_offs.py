"""Cut-offs from labelled questions: how sure is sure enough, for a budget of wrong answers."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST = 20  # answers below which nothing is claimed
UNSURE = 0.9  # the cut-off where nothing is claimed and no question is surer


def answer_cut_off(confidence: Floats, right: Flags, *, budget: float) -> float:
    """Choose the confidence from which the bot answers.

    The lowest one at which the labelled questions would keep the budget if one more were answered, and wrongly. That
    one stands for the next customer's: as long as customers ask as the labelled questions do (any order of them and the
    next one equally likely), the chance that an answer given is wrong is at most the budget, up to what one question
    moves the cut-off. It holds on the average over the questions that happened to be labelled, as conformal selection
    does (Jin and Candès, Selection by Prediction with Conformal p-values, 2023; Angelopoulos et al., Conformal Risk
    Control, 2024); any one set of answers may be a little above the budget or below it.

    Args:
        confidence: of the first article of each labelled question, each by a curve that has not seen it.
        right: whether that article is right.
        budget: greatest share of wrong answers among those given.

    Returns:
        The cut-off; that of the surest question, or `UNSURE`, when the questions are too few to claim anything.
    """
    order = np.argsort(-confidence, kind="stable")
    sure, wrong = confidence[order], np.cumsum((~right[order]).astype(int))
    sizes = np.arange(1, len(sure) + 1)
    ends_tie = np.append(sure[1:] != sure[:-1], True)[: len(sure)]  # equal confidences are answered together
    kept = ends_tie & (sizes >= FEWEST) & (wrong + 1 <= budget * (sizes + 1))
    return float(sure[kept][-1]) if kept.any() else float(confidence.max(initial=UNSURE))


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
