"""Frustration, offline: turns with their context become scores with reasons, by the detector the bot uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.evaluate.lines import write_lines
from bot.frustration.background import load_background
from bot.frustration.conversation import Conversation, Said
from bot.frustration.emotions import WEIGHTS, load_emotions
from bot.frustration.training import read_examples, train_detector
from bot.intents.vectors import SentenceEncoder
from bot.saved import SavedUnusable
from kb_index.lines import read_lines

SENDERS = {"customer": "customer", "user": "customer", "agent": "agent", "bot": "bot", "system": "bot"}


def evaluate_frustration(
    turns: Path, output: Path, *, encoder: SentenceEncoder, examples: Path, progress: Callable[[str], None]
) -> None:
    """Write one {"dialogue_id", "turn", "score", "reasons"} line for each turn, in order.

    Raises:
        ValueError: a file cannot be read as described, or the base weights do not fit the encoder.
    """
    try:
        emotions = load_emotions(WEIGHTS, encoder_version=encoder.encoder_version)
        background = load_background(WEIGHTS, encoder_version=encoder.encoder_version)
    except SavedUnusable as error:
        raise ValueError(str(error)) from error
    progress("Training on the company's examples")
    detector = train_detector(read_examples(examples), emotions, encoder, background=background).detector
    rows = read_lines(turns)
    progress(f"Judging {len(rows)} turns")
    judged = []
    for row in rows:
        if not isinstance(row.get("text"), str):
            raise ValueError(f"{turns}: a turn without text: {row!r}")
        found = detector.judge(row["text"], encoder, before=Conversation(said_before(row.get("context") or ())))
        named = {"dialogue_id": row.get("dialogue_id"), "turn": row.get("turn")}
        judged.append({**named, "score": round(found.score, 6), "reasons": list(found.reasons)})
    write_lines(output, judged)


def said_before(context: Sequence[Mapping[str, Any]]) -> tuple[Said, ...]:
    """Read a turn's context, oldest first."""
    return tuple(
        Said(SENDERS.get(str(line.get("speaker")), "customer"), str(line.get("text") or "")) for line in context
    )
