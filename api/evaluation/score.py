"""The formulas behind every figure: rankings, intents and frustration against labelled files.

`confidence_auroc` and its kin are areas under the ROC curve: the chance that a positive is scored above a negative,
ties counting half (Hanley and McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

Line = Mapping[str, Any]
Figures = dict[str, Any]
Judged = tuple[float, bool]  # a number given, and whether it was given to a right one

LONGEST_TEXT = 120  # words of a passage or an answer
RANKED = 10
WORDS_HELD = 0.6  # a passage holds the gold text when it has this share of its words


class ScoreRefused(ValueError):
    """The files do not fit together; the message names the line."""


def score_retrieval(queries: Sequence[Line], rankings: Sequence[Line], *, budget: float = 0.05) -> Figures:
    """Score rankings; a query without `relevant_docs` is unanswerable.

    Args:
        queries: `{query_id, relevant_docs, gold_text?}`.
        rankings: `{query_id, ranking, confidence, passages?, answer?}`.
        budget: largest share of wrong first articles allowed among those shown.

    Raises:
        ScoreRefused: a ranking is missing or double, or shows more than 120 words.
    """
    found = {str(row["query_id"]): row for row in rankings}
    if len(found) != len(rankings):
        raise ScoreRefused("a query_id has more than one ranking")
    places: list[int | None] = []
    passages: list[list[bool]] = []
    answers: list[float] = []
    answerable: list[Judged] = []
    unanswerable: list[Judged] = []
    for query in queries:
        row = found.get(str(query["query_id"]))
        if row is None:
            raise ScoreRefused(f"no ranking for query {query['query_id']}")
        _check_lengths(row)
        confidence = _number(row["confidence"], query["query_id"])
        relevant = set(query["relevant_docs"])
        if not relevant:
            unanswerable.append((confidence, False))
            continue
        ranking = list(dict.fromkeys(row["ranking"]))[:RANKED]
        places.append(next((place for place, doc in enumerate(ranking) if doc in relevant), None))
        answerable.append((confidence, places[-1] == 0))
        gold = _words(query.get("gold_text") or query.get("gold_answer") or "")
        if gold and "passages" in row:
            passages.append([_holds(text, gold) for text in row["passages"][:5]])
        if gold and row.get("answer") is not None:
            answers.append(_word_f1(_words(row["answer"]), gold))
    everything = answerable + unanswerable
    return {
        "passage@1": _mean([any(hits[:1]) for hits in passages]),
        "passage@5": _mean([any(hits) for hits in passages]),
        "answer_f1": _mean(answers),
        "queries": len(places),
        "hit@1": _mean([place == 0 for place in places]),
        "hit@3": _mean([place is not None and place < 3 for place in places]),
        "hit@5": _mean([place is not None and place < 5 for place in places]),
        "mrr@10": _mean([0.0 if place is None else 1 / (place + 1) for place in places]),
        "confidence_auroc": _auroc_of(everything),
        "unanswerable": len(unanswerable),
        "unanswerable_auroc": auroc([number for number, _ in answerable], [number for number, _ in unanswerable]),
        f"coverage_at_{budget:g}_wrong": _coverage(everything, budget),
    }


def score_intents(test: Sequence[Line], predictions: Sequence[Line]) -> Figures:
    """Score intents; a test line with `oos` true is out of scope.

    Args:
        test: `{label, oos?}`.
        predictions: `{label, confidence}`, in the order of the test lines.

    Raises:
        ScoreRefused: the two have different lengths.
    """
    if len(test) != len(predictions):
        raise ScoreRefused(f"{len(test)} test lines, {len(predictions)} predictions")
    pairs = list(zip(test, predictions, strict=True))
    inside = [
        (str(true["label"]), str(said["label"]), _confidence(said)) for true, said in pairs if not true.get("oos")
    ]
    outside = [_confidence(said) for true, said in pairs if true.get("oos")]
    right = [true == said for true, said, _ in inside]
    figures: Figures = {"in_scope": len(inside), "accuracy": _mean(right), "out_of_scope": len(outside)}
    figures["macro_f1"] = _macro_f1([(true, said) for true, said, _ in inside])
    if outside and inside:
        figures["oos_auroc"] = auroc([confidence for _, _, confidence in inside], outside)
        figures["at_best_sum"] = _best_threshold(
            [(c, ok) for (_, _, c), ok in zip(inside, right, strict=True)], outside
        )
    return figures


def score_frustration(turns: Sequence[Line], scores: Sequence[Line]) -> Figures:
    """Score frustration by turn.

    Args:
        turns: `{dialogue_id, turn, frustrated}`.
        scores: `{dialogue_id, turn, score}`.

    Raises:
        ScoreRefused: a turn has no score, or two.
    """
    given = {(row["dialogue_id"], row["turn"]): _number(row["score"], row["turn"]) for row in scores}
    if len(given) != len(scores):
        raise ScoreRefused("a turn is scored twice")
    judged: list[Judged] = []
    for turn in turns:
        key = (turn["dialogue_id"], turn["turn"])
        if key not in given:
            raise ScoreRefused(f"no score for turn {key[1]} of dialogue {key[0]}")
        judged.append((given[key], bool(int(turn["frustrated"]))))
    points = _precision_recall(judged)
    flagged = [frustrated for number, frustrated in judged if number >= 0.5]
    frustrated = sum(yes for _, yes in judged)
    return {
        "turns": len(judged),
        "frustrated": frustrated,
        "auroc": _auroc_of(judged),
        "average_precision": _average_precision(points),
        "best_f1": max((2 * p * r / (p + r) if p + r else 0.0 for p, r in points), default=0.0),
        "precision_at_recall_0.5": max((p for p, r in points if r >= 0.5), default=0.0),
        "at_0.5": {
            "flagged": len(flagged),
            "precision": _mean(flagged),
            "recall": sum(flagged) / frustrated if frustrated else None,
        },
    }


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Return the chance that a positive is above a negative, ties counting half; None without one kind."""
    if not positives or not negatives:
        return None
    marked = sorted([(value, True) for value in positives] + [(value, False) for value in negatives])
    wins, below = 0.0, 0
    for _, ties in groupby(marked, key=lambda pair: pair[0]):
        kinds = [positive for _, positive in ties]
        up = sum(kinds)
        down = len(kinds) - up
        wins += up * (below + down / 2)
        below += down
    return wins / (len(positives) * len(negatives))


def _auroc_of(judged: Sequence[Judged]) -> float | None:
    return auroc([number for number, right in judged if right], [number for number, right in judged if not right])


def _coverage(judged: Sequence[Judged], budget: float) -> float:
    """Return the widest share of queries that can be shown with at most `budget` of them wrong, ties shown together."""
    ordered = sorted(judged, key=lambda pair: -pair[0])
    shown = wrong = widest = 0
    for _, ties in groupby(ordered, key=lambda pair: pair[0]):
        for _, right in ties:
            shown, wrong = shown + 1, wrong + (not right)
        if wrong <= budget * shown:
            widest = shown
    return widest / len(judged) if judged else 0.0


def _precision_recall(judged: Sequence[Judged]) -> list[tuple[float, float]]:
    """Return (precision, recall) at every threshold, the highest first."""
    total = sum(yes for _, yes in judged)
    points, hits, seen = [], 0, 0
    for _, ties in groupby(sorted(judged, key=lambda pair: -pair[0]), key=lambda pair: pair[0]):
        flags = [yes for _, yes in ties]
        hits, seen = hits + sum(flags), seen + len(flags)
        points.append((hits / seen, hits / total if total else 0.0))
    return points


def _average_precision(points: Sequence[tuple[float, float]]) -> float:
    before = [0.0, *(recall for _, recall in points)]
    return sum(precision * (recall - earlier) for (precision, recall), earlier in zip(points, before, strict=False))


def _best_threshold(inside: Sequence[Judged], outside: Sequence[float]) -> Figures:
    """Return the threshold with the largest sum of in-scope accuracy and out-of-scope recall; the lowest of equals."""

    def at(threshold: float) -> tuple[float, float]:
        kept = sum(right and number >= threshold for number, right in inside) / len(inside)
        return kept, sum(number < threshold for number in outside) / len(outside)

    threshold = max(sorted({number for number, _ in inside}), key=lambda number: sum(at(number)))
    kept, caught = at(threshold)
    return {"threshold": threshold, "in_scope_accuracy": kept, "oos_recall": caught}


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float | None:
    true, said = Counter(t for t, _ in pairs), Counter(s for _, s in pairs)
    both = Counter(t for t, s in pairs if t == s)
    return _mean([2 * both[label] / (true[label] + said[label]) for label in true | said])


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def _word_f1(said: Counter[str], gold: Counter[str]) -> float:
    shared = (said & gold).total()
    return 2 * shared / (said.total() + gold.total()) if shared else 0.0


def _holds(passage: str, gold: Counter[str]) -> bool:
    return (_words(passage) & gold).total() >= WORDS_HELD * gold.total()


def _check_lengths(row: Line) -> None:
    for text in [*row.get("passages", []), row.get("answer") or ""]:
        if len(text.split()) > LONGEST_TEXT:
            raise ScoreRefused(f"query {row['query_id']} shows more than {LONGEST_TEXT} words")


def _confidence(prediction: Line) -> float:
    return _number(prediction["confidence"], prediction)


def _number(value: object, where: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ScoreRefused(f"not a finite number: {value!r} ({where})")
    return float(value)


def _mean(values: Sequence[float] | Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
