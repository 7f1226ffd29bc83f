"""Reads recorded service dialogues and keeps what the customers said."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one customer said in one recorded conversation, in order."""

    dialogue_id: str
    customer_texts: tuple[str, ...]


def read_conversations(path: Path, *, limit: int, seed: int) -> list[Recorded]:
    """Draw conversations from JSON lines, `{"dialogue_id" | "conversation_id", "turns": [{"speaker", "text"}]}`.

    Args:
        path: the file.
        limit: how many to draw, at least 1; fewer when the file has fewer.
        seed: the same seed draws the same conversations.

    Raises:
        ValueError: no line of the file holds a customer's turn.
    """
    with path.open(encoding="utf-8") as lines:
        dialogues = [json.loads(line) for line in lines if line.strip()]
    recorded = [
        Recorded(str(dialogue.get("dialogue_id") or dialogue["conversation_id"]), texts)
        for dialogue in dialogues
        if (texts := _customer_texts(dialogue["turns"]))
    ]
    if not recorded:
        raise ValueError(f"no customer's turn in {path}")
    return random.Random(seed).sample(recorded, min(limit, len(recorded)))


def _customer_texts(turns: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(text for turn in turns if turn["speaker"] == "customer" and (text := turn["text"].strip()))
