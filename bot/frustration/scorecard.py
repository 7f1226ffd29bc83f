"""How well the detector tells its own examples apart: each is scored by a regression that was not shown it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bot.frustration.detector import FRUSTRATED
from bot.frustration.training import Example, Trained
from bot.intents.vectors import Array, Floats, SentenceEncoder, encode_all

CUTS = tuple(round(0.05 * step, 2) for step in range(1, 20))  # scores at which precision and recall are given
BINS = 10  # of equal width, for the distribution of scores
MOST_SHOWN = 15  # messages misjudged most, of each sort


def scorecard(examples: Sequence[Example], trained: Trained, encoder: SentenceEncoder) -> dict[str, Any]:
    """Return precision, recall, confusion, and figures by kind and by reason, ready for JSON."""
    truth = np.array([example.frustrated for example in examples])
    scores = trained.scores
    flagged = scores >= FRUSTRATED
    return {
        "examples": len(examples),
        "cut_off": FRUSTRATED,
        **precision_recall(truth, flagged),
        "auroc": round(auroc(scores, truth), 4),
        "confusion": {
            "noticed": int((flagged & truth).sum()),
            "missed": int((~flagged & truth).sum()),
            "false_alarms": int((flagged & ~truth).sum()),
            "left_alone": int((~flagged & ~truth).sum()),
        },
        "curve": [{"cut_off": cut, **precision_recall(truth, scores >= cut)} for cut in CUTS],
        "by_kind": by_kind(examples, scores),
        "by_reason": by_reason(examples, trained, encoder),
        "missed": worst(examples, scores, truth & ~flagged, lowest=True),
        "false_alarms": worst(examples, scores, ~truth & flagged, lowest=False),
    }


def precision_recall(truth: Array, flagged: Array) -> dict[str, float]:
    """Return both shares; precision is 1 where nothing is flagged."""
    hits = int((truth & flagged).sum())
    precision = hits / int(flagged.sum()) if flagged.any() else 1.0
    return {"precision": round(precision, 4), "recall": round(hits / max(1, int(truth.sum())), 4)}


def auroc(scores: Floats, truth: Array) -> float:
    """Return how often a frustrated message scores above a calm one; ties count half."""
    upset, calm = scores[truth][:, None], scores[~truth][None]
    return float(((upset > calm) + 0.5 * (upset == calm)).mean())


def by_kind(examples: Sequence[Example], scores: Floats) -> list[dict[str, Any]]:
    """Return, for each file of examples, how many of its messages are flagged and how their scores lie."""
    kinds = np.array([example.kind for example in examples])
    truth = {example.kind: example.frustrated for example in examples}
    rows = []
    for kind in sorted(truth):
        own = scores[kinds == kind]
        bins = np.histogram(own, bins=BINS, range=(0.0, 1.0))[0].tolist()
        flagged = int((own >= FRUSTRATED).sum())
        facts = {"kind": kind, "frustrated": truth[kind], "messages": len(own), "flagged": flagged}
        rows.append({**facts, "mean": round(float(own.mean()), 4), "histogram": bins})
    return rows


def by_reason(examples: Sequence[Example], trained: Trained, encoder: SentenceEncoder) -> list[dict[str, Any]]:
    """Return, for each reason, how often it was given, and how often rightly; the commonest first."""
    given: dict[str, list[tuple[bool, bool]]] = {}
    words: dict[str, str] = {}
    vectors = encode_all(encoder, [example.text for example in examples])
    for example, vector, score in zip(examples, vectors, trained.scores, strict=True):
        for code, said in trained.detector.named(example.text, vector, float(score)).items():
            given.setdefault(code, []).append((score >= FRUSTRATED, example.frustrated))
            words[code] = said
    rows = []
    for code, pairs in sorted(given.items(), key=lambda entry: -len(entry[1])):
        flags, truth = np.array([flag for flag, _ in pairs]), np.array([true for _, true in pairs])
        rows.append({"code": code, "words": words[code], "messages": len(pairs), **precision_recall(truth, flags)})
    return rows


def worst(examples: Sequence[Example], scores: Floats, chosen: Array, *, lowest: bool) -> list[dict[str, Any]]:
    """Return the chosen messages that were misjudged most."""
    rows = sorted(np.flatnonzero(chosen), key=lambda row: float(scores[row]) * (1 if lowest else -1))[:MOST_SHOWN]
    return [
        {"text": examples[row].text, "kind": examples[row].kind, "score": round(float(scores[row]), 4)} for row in rows
    ]
