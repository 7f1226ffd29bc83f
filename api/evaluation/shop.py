"""Asking a built index labelled questions, as a customer would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.evaluation.score import RANKED, Line
from api.processes.places import Places
from kb_index.cross_encoder import installed
from kb_index.encoder import Encoder
from kb_index.search import Search, Utterance

CUSTOMER = frozenset({"customer", "user"})


def ask_questions(places: Places, questions: Sequence[Line], *, kb: str) -> list[dict[str, Any]]:
    """Return one ranking per question, as `score_retrieval` reads it.

    Raises:
        IndexUnusable: there is no index of `kb`.
        EncoderUnusable: there is no encoder.
    """
    judge = installed(places.cross_encoder)
    search = Search.open(places.index, kb=kb, encoder=Encoder.load(places.encoder), judge=judge)
    return [_ranking(search, question) for question in questions]


def _ranking(search: Search, question: Line) -> dict[str, Any]:
    history = [
        Utterance("customer" if said["speaker"] in CUSTOMER else "agent", str(said["text"]))
        for said in question.get("history") or []
    ]
    found = search.suggest(str(question["query"]), history=history, limit=RANKED)
    return {
        "query_id": question["query_id"],
        "ranking": [suggestion.article_id for suggestion in found.suggestions],
        "confidence": found.confidence,
        "decision": found.decision,
    }
