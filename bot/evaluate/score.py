"""The figures of predictions: accuracy, macro F1, out-of-scope and frustration ranking.

AUROC is the chance that a positive is ranked above a negative, ties counting half (Mann and Whitney 1947). Average
precision sums precision over the steps of recall, ties taken whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def number(value: object) -> float:
    """Return a finite number.

    Raises:
        ValueError: `value` is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"not a finite number: {value!r}")
    return float(value)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Return the chance that a positive is ranked above a negative; None when either is missing."""
    if not positives or not negatives:
        return None
    ordered = sorted([(value, True) for value in positives] + [(value, False) for value in negatives])
    below, won = 0, 0.0
    for _, tied in groupby(ordered, key=lambda pair: pair[0]):
        flags = [flag for _, flag in tied]
        ours, theirs = sum(flags), len(flags) - sum(flags)
        won += ours * (below + theirs / 2)
        below += theirs
    return won / (len(positives) * len(negatives))


def precision_recall(scored: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Return (precision, recall) at each distinct score, highest first."""
    total = sum(flag for _, flag in scored)
    points, hits, seen = [], 0, 0
    for _, tied in groupby(sorted(scored, key=lambda pair: -pair[0]), key=lambda pair: pair[0]):
        flags = [flag for _, flag in tied]
        hits, seen = hits + sum(flags), seen + len(flags)
        points.append((hits / seen, hits / total if total else 0.0))
    return points


def average_precision(points: Sequence[tuple[float, float]]) -> float:
    """Return the area under precision over recall."""
    area, before = 0.0, 0.0
    for precision, recall in points:
        area, before = area + precision * (recall - before), recall
    return area


def score_intents(test: Rows, predictions: Rows) -> dict[str, Any]:
    """Return accuracy and macro F1 in scope, and how well confidence tells what is out of scope.

    Raises:
        ValueError: the files do not fit together.
    """
    if len(test) != len(predictions):
        raise ValueError(f"{len(test)} test lines, {len(predictions)} predictions")
    pairs = list(zip(test, predictions, strict=True))
    inside = [(t["label"], p["label"], number(p["confidence"])) for t, p in pairs if not t.get("oos")]
    outside = [number(p["confidence"]) for t, p in pairs if t.get("oos")]
    if not inside:
        raise ValueError("no test line is in scope")
    figures: dict[str, Any] = {
        "in_scope": len(inside),
        "accuracy": sum(true == said for true, said, _ in inside) / len(inside),
        "out_of_scope": len(outside),
        "macro_f1": macro_f1([(true, said) for true, said, _ in inside]),
    }
    if outside:
        figures["oos_auroc"] = auroc([confidence for *_, confidence in inside], outside)
        figures["at_best_sum"] = best_sum(inside, outside)
    return figures


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the mean F1 over all labels that are true or said."""
    labels = {label for pair in pairs for label in pair}
    total = 0.0
    for label in labels:
        right = sum(true == said == label for true, said in pairs)
        named = sum((true == label) + (said == label) for true, said in pairs)
        total += 2 * right / named
    return total / len(labels)


def best_sum(inside: Sequence[tuple[str, str, float]], outside: Sequence[float]) -> dict[str, float]:
    """Return the cut-off at which accuracy in scope and recall out of scope add up to most."""
    best = (0.0, -1.0, 0.0)
    for cut_off in sorted({confidence for *_, confidence in inside}):
        kept = sum(true == said and confidence >= cut_off for true, said, confidence in inside) / len(inside)
        caught = sum(confidence < cut_off for confidence in outside) / len(outside)
        if kept + caught > best[1] + best[2]:
            best = (cut_off, kept, caught)
    return {"threshold": best[0], "in_scope_accuracy": best[1], "oos_recall": best[2]}


def score_frustration(turns: Rows, scores: Rows) -> dict[str, Any]:
    """Return how well scores rank frustrated turns, and what a score of 0.5 means.

    Raises:
        ValueError: a turn has no score, or two.
    """
    by_turn: dict[tuple[Any, Any], float] = {}
    for row in scores:
        key = (row["dialogue_id"], row["turn"])
        if key in by_turn:
            raise ValueError(f"turn scored twice: {key}")
        by_turn[key] = number(row["score"])
    try:
        pairs = [(by_turn[row["dialogue_id"], row["turn"]], bool(row["frustrated"])) for row in turns]
    except KeyError as error:
        raise ValueError(f"no score for turn {error}") from error
    points = precision_recall(pairs)
    flagged = [flag for score, flag in pairs if score >= 0.5]
    frustrated = sum(flag for _, flag in pairs)
    return {
        "turns": len(pairs),
        "frustrated": frustrated,
        "auroc": auroc([score for score, flag in pairs if flag], [score for score, flag in pairs if not flag]),
        "average_precision": average_precision(points),
        "best_f1": max((2 * p * r / (p + r) if p + r else 0.0 for p, r in points), default=0.0),
        "precision_at_recall_0.5": max((p for p, r in points if r >= 0.5), default=0.0),
        "at_0.5": {
            "flagged": len(flagged),
            "precision": sum(flagged) / len(flagged) if flagged else None,
            "recall": sum(flagged) / frustrated if frustrated else None,
        },
    }
