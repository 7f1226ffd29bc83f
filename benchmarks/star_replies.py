"""STAR's agent turns that answer a question, as a search: which reply is the one that the agent gave?

An article is a reply template of STAR that carries knowledge ("hotel_inform_rating"): its name in words, and up to five
of its wordings. Wordings come from one half of the dialogues, questions from the other, so no question meets its own
answer; both halves take both parts. A question is what the customer said just before such a reply, when it asks
something.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ANSWERS = re.compile(r"_(inform|provide)_")
GAMES = ("trivia_", "spaceship_")  # riddles and code words: what is said there answers nothing
# What a look-up happened to say (booked or full, found or not) cannot be known from what was asked.
OUTCOMES = re.compile(r"available|successful|failed|found|cannot|submitted|confirmed|changes")
ASKS = re.compile(r"\?|^\W*(what|when|where|who|which|how|can|could|do|does|is|are|will|would|may)\b", re.IGNORECASE)
WORDINGS = 5

Turn = dict[str, Any]


def write_set(star: Path, folder: Path, *, half: int) -> tuple[Path, Path]:
    """Write documents of one half of STAR's dialogues (0 or 1) and the other's questions; return both paths."""
    with star.open(encoding="utf-8") as lines:
        dialogues = [json.loads(line) for line in lines if line.strip()]
    wordings, questions = dialogues[half::2], dialogues[1 - half :: 2]
    documents = list(documents_of(wordings))
    known = {document["doc_id"] for document in documents}
    queries = [query for query in queries_of(questions) if query["relevant_docs"][0] in known]
    paths = folder / f"star_docs_{half}.jsonl", folder / f"star_queries_{half}.jsonl"
    for path, rows in zip(paths, (documents, queries), strict=True):
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return paths


def documents_of(dialogues: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Return every reply template that answers something, with some of its wordings."""
    texts: dict[str, dict[str, None]] = defaultdict(dict)
    for dialogue in dialogues:
        for turn in dialogue["turns"]:
            if _answers(turn):
                texts[turn["action"]].setdefault(turn["text"].strip())
    return [
        {"doc_id": action, "title": action.replace("_", " "), "text": "\n\n".join(list(texts[action])[:WORDINGS])}
        for action in sorted(texts)
    ]


def queries_of(dialogues: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Return every question whose next turn answers it, with the conversation before it."""
    for dialogue in dialogues:
        turns = [turn for turn in dialogue["turns"] if turn["speaker"] in {"customer", "agent"}]
        for place in range(1, len(turns)):
            asked, answer = turns[place - 1], turns[place]
            if asked["speaker"] == "customer" and _answers(answer) and ASKS.search(asked["text"]):
                yield {
                    "query_id": f"{dialogue['dialogue_id']}-{place}",
                    "query": asked["text"],
                    "history": _lines(turns[: place - 1]),
                    "relevant_docs": [answer["action"]],
                }


def _answers(turn: Turn) -> bool:
    action = turn.get("action") or ""
    return (
        turn["speaker"] == "agent"
        and not action.startswith(GAMES)
        and bool(ANSWERS.search(action))
        and not OUTCOMES.search(action)
    )


def _lines(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"speaker": turn["speaker"], "text": turn["text"]} for turn in turns]
