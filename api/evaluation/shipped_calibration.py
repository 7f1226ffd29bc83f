"""Fit the calibration that serves where a company has labelled too few questions.

Made by `python -m api.evaluation.shipped_calibration` from the shop's development questions and changes of topic, with
everything the shop's articles are asked for by; writes `kb_index/default_calibration.json`. Few of these questions
follow up, so the curves are also shown each question after another one on the same article; the cut-offs are not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from api.worker.phrasings import FOLDER, read_phrasings, with_phrasings
from api.worker.synonym_file import FILE as SYNONYMS
from api.worker.synonym_file import read_synonyms
from api.worker.unanswered import FILE as UNANSWERED
from api.worker.unanswered import read_unanswered
from kb_index.articles import load_articles
from kb_index.build import MAX_WRONG_ANSWERS, judged, spacy_sentences
from kb_index.confidence import DEFAULT, SIGNALS, Calibration, Curve, CutOffs, Flags, Floats, fit
from kb_index.cut_offs import answer_cut_off, best_parting
from kb_index.encoder import Encoder
from kb_index.evaluate import labelled_of
from kb_index.index import make_index
from kb_index.lines import read_lines

SETS = ("questions.jsonl", "topic_changes.jsonl")

ZEROS = (0.0,) * len(SIGNALS)
BLANK = Calibration(ZEROS, (1.0,) * len(SIGNALS), Curve(ZEROS, 0.0), Curve(ZEROS, 0.0), 0.85, CutOffs(0.7, 0.3))


def rounded(calibration: Calibration) -> Calibration:
    """Return a calibration with four decimals, to be read by people."""
    cut_offs = calibration.cut_offs
    return replace(
        calibration,
        means=four(calibration.means),
        scales=four(calibration.scales),
        right=Curve(four(calibration.right.weights), round(calibration.right.bias, 4)),
        covered=Curve(four(calibration.covered.weights), round(calibration.covered.bias, 4)),
        cut_offs=replace(cut_offs, answer=round(cut_offs.answer, 4), clarify=round(cut_offs.clarify, 4)),
    )


def continued(questions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let each first question on an article follow another one on it, and that one's answer."""
    by_article: dict[str, list[dict[str, Any]]] = {}
    for question in questions:
        if len(question["relevant_docs"]) == 1 and not question["history"]:
            by_article.setdefault(question["relevant_docs"][0], []).append(question)
    return [
        {**question, "history": [said("customer", before["query"]), said("bot", before["gold_text"])]}
        for same in by_article.values()
        if len(same) > 1
        for before, question in zip([same[-1], *same], same, strict=False)
    ]


def said(speaker: str, text: str) -> dict[str, str]:
    """Return a turn as the labelled files write it."""
    return {"speaker": speaker, "text": text}


def cut_offs_on(fitted: Calibration, signals: Floats, right: Flags, answerable: Flags) -> CutOffs:
    """Choose the cut-offs on some of the questions that a calibration was fitted to."""
    covered = fitted.coverage(signals)
    clarify = best_parting(covered, answerable, otherwise=fitted.cut_offs.clarify)
    sure = np.where(covered >= clarify, fitted.confidence(signals), 0.0)
    answer = answer_cut_off(sure, right, budget=MAX_WRONG_ANSWERS)
    return CutOffs(answer=answer, clarify=clarify, budget=MAX_WRONG_ANSWERS)


def four(values: tuple[float, ...]) -> tuple[float, ...]:
    """Return values with four decimals."""
    return tuple(round(value, 4) for value in values)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--encoder", type=Path, default=Path("var/encoder"))
    options = parser.parse_args()
    encoder = Encoder.load(options.encoder)
    phrasings: dict[str, list[str]] = {}
    for phrasing in read_phrasings(options.data / FOLDER):
        phrasings.setdefault(phrasing.article_id, []).append(phrasing.text)
    articles = with_phrasings(load_articles(options.data / "articles"), phrasings)
    outside = read_unanswered(options.data / UNANSWERED)
    synonyms = read_synonyms(options.data / SYNONYMS)
    index = make_index(articles, encoder, spacy_sentences(), outside=outside, synonyms=synonyms)
    rows = [row for name in SETS for row in read_lines(options.data / name) if row["split"] == "dev"]
    labelled = labelled_of([*rows, *continued(rows)])
    signals, right = judged(index, encoder, labelled, BLANK)  # signals do not depend on a calibration
    answerable = np.array([bool(question.relevant) for question in labelled])
    fitted = fit(signals, right, answerable, budget=MAX_WRONG_ANSWERS)
    asked = slice(len(rows))
    fitted = replace(fitted, cut_offs=cut_offs_on(fitted, signals[asked], right[asked], answerable[asked]))
    DEFAULT.write_bytes(rounded(fitted).to_json() + b"\n")
    sys.stdout.write(f"{len(labelled)} questions, {right.mean():.1%} right; wrote {DEFAULT.name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
