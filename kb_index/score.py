"""Scores of rankings against labelled queries."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHOWN_WORDS = 120
HELD = 0.6  # share of the gold text's words that a passage must have to hold it

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """One query's ranking, judged."""

    confidence: float
    place: int | None  # of the first relevant document among the first ten, from 0
    answerable: bool
    held: tuple[bool, ...] = ()  # whether each passage holds the gold text; empty without a gold text
    answer_f1: float | None = None

    @property
    def right(self) -> bool:
        """Whether the first document is relevant; never for an unanswerable query."""
        return self.place == 0


def score_files(queries: Path, rankings: Path, budget: float = 0.05) -> dict[str, float | int | None]:
    """Score a file of rankings against a file of labelled queries.

    Raises:
        ValueError: they do not fit together.
    """
    return score(
        [json.loads(line) for line in lines_of(queries)], [json.loads(line) for line in lines_of(rankings)], budget
    )


def lines_of(path: Path) -> list[str]:
    """Return a file's lines that are not blank."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def score(queries: Sequence[Row], rankings: Sequence[Row], budget: float = 0.05) -> dict[str, float | int | None]:
    """Score rankings.

    Queries without `relevant_docs` are unanswerable: they count only in `unanswerable_auroc` and in the coverage.

    Args:
        queries: `{"query_id", "relevant_docs", "gold_text"?}`.
        rankings: `{"query_id", "ranking", "confidence", "passages"?, "answer"?}`.
        budget: share of wrong first documents that coverage allows.

    Raises:
        ValueError: a query has no ranking or two, a text is too long, or a confidence is no finite number.
    """
    twice = [name for name, count in Counter(row["query_id"] for row in rankings).items() if count > 1]
    if twice:
        raise ValueError(f"query_id twice: {twice[0]}")
    by_query = {row["query_id"]: row for row in rankings}
    missing = [query["query_id"] for query in queries if query["query_id"] not in by_query]
    if missing:
        raise ValueError(f"no ranking for query {missing[0]}")
    judged = [judge(query, by_query[query["query_id"]]) for query in queries]
    answerable = [one for one in judged if one.answerable]
    unanswerable = [one.confidence for one in judged if not one.answerable]
    places = [one.place for one in answerable]
    with_gold = [one.held for one in answerable if one.held]
    return {
        "queries": len(answerable),
        "hit@1": mean([place == 0 for place in places]),
        "hit@5": mean([place is not None and place < 5 for place in places]),
        "mrr@10": mean([0.0 if place is None else 1 / (place + 1) for place in places]),
        "passage@1": mean([held[0] for held in with_gold]),
        "passage@5": mean([any(held) for held in with_gold]),
        "answer_f1": mean([one.answer_f1 for one in answerable if one.answer_f1 is not None]),
        "confidence_auroc": auroc(
            [one.confidence for one in judged if one.right], [one.confidence for one in judged if not one.right]
        ),
        "unanswerable": len(unanswerable),
        "unanswerable_auroc": auroc([one.confidence for one in answerable], unanswerable),
        f"coverage_at_{budget:g}_wrong": coverage(judged, budget),
    }


def judge(query: Row, row: Row) -> Judged:
    """Judge one query's ranking.

    Raises:
        ValueError: a shown text has more than 120 words, or the confidence is no finite number.
    """
    name = query["query_id"]
    if any(len(text.split()) > SHOWN_WORDS for text in [*row.get("passages", []), row.get("answer") or ""]):
        raise ValueError(f"more than {SHOWN_WORDS} words shown: {name}")
    confidence = row["confidence"]
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not math.isfinite(confidence):
        raise ValueError(f"not a finite number: {confidence!r} ({name})")
    relevant = set(query["relevant_docs"])
    if not relevant:
        return Judged(float(confidence), None, answerable=False)
    ranking = list(dict.fromkeys(row["ranking"]))[:10]
    place = next((place for place, document in enumerate(ranking) if document in relevant), None)
    gold = word_counts(query.get("gold_text") or query.get("gold_answer") or "")
    held: tuple[bool, ...] = ()
    if gold and "passages" in row:
        held = tuple(holds(text, gold) for text in row["passages"][:5]) or (False,)
    answer = word_f1(word_counts(row["answer"]), gold) if gold and row.get("answer") is not None else None
    return Judged(float(confidence), place, answerable=True, held=held, answer_f1=answer)


def coverage(judged: Sequence[Judged], budget: float) -> float:
    """Return the widest share of queries, the surest first, of which at most a share of `budget` is wrong.

    Queries of one confidence are taken together.
    """
    widest, wrong = 0.0, 0
    ordered = sorted(judged, key=lambda one: -one.confidence)
    for taken, one in enumerate(ordered, start=1):
        wrong += not one.right
        tie_goes_on = taken < len(ordered) and ordered[taken].confidence == one.confidence
        if not tie_goes_on and wrong / taken <= budget:
            widest = taken / len(ordered)
    return widest


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Return the chance that a positive is above a negative, ties counting half; None without both.

    By the rank sum (Mann and Whitney, 1947).
    """
    if not positives or not negatives:
        return None
    values = sorted([*positives, *negatives])
    first, last = dict[float, int](), dict[float, int]()
    for place, value in enumerate(values, start=1):
        first.setdefault(value, place)
        last[value] = place
    rank_sum = sum((first[value] + last[value]) / 2 for value in positives)
    return (rank_sum - len(positives) * (len(positives) + 1) / 2) / (len(positives) * len(negatives))


def word_counts(text: str) -> Counter[str]:
    """Count a text's words, in lower case."""
    return Counter(re.findall(r"\w+", text.lower()))


def word_f1(said: Counter[str], gold: Counter[str]) -> float:
    """Return the F1 of the words two texts share."""
    shared = (said & gold).total()
    return 2 * shared / (said.total() + gold.total()) if shared else 0.0


def holds(passage: str, gold: Counter[str]) -> bool:
    """Say whether a passage has enough of the gold text's words."""
    return (word_counts(passage) & gold).total() >= HELD * gold.total()


def mean(values: Sequence[float]) -> float | None:
    """Return the mean; None of nothing."""
    return sum(values) / len(values) if values else None
