"""Golden messages: what every model must understand before it may serve (`data/golden.yml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.worker.training_data import TrainingDataInvalid, read_yaml
from api.worker.trial import Routes, Trial, meant_by, taken_for

FILE = "golden.yml"


@dataclass(frozen=True, slots=True)
class Golden:
    """A message and what it means."""

    text: str
    intent: str
    must: bool  # it has to be understood whatever the serving model makes of it


def read_golden(data: Path) -> list[Golden]:
    """Read the golden messages of `data/`, in order; none when there is no such file.

    Raises:
        TrainingDataInvalid: the file is not in the format it describes itself.
    """
    path = data / FILE
    if not path.exists():
        return []
    content = read_yaml(path)
    if not isinstance(content, dict) or not set(content) <= {"must", "should"}:
        raise TrainingDataInvalid(f"{path}: wants 'must' and 'should', nothing else")
    return [golden for group in ("must", "should") for golden in _messages(content.get(group), group == "must", path)]


def _messages(group: Any, must: bool, path: Path) -> Iterator[Golden]:
    if not isinstance(group or {}, Mapping):
        raise TrainingDataInvalid(f"{path}: wants messages by intent")
    for intent, texts in (group or {}).items():
        if not isinstance(texts, list):
            raise TrainingDataInvalid(f"{path}: wants a list of messages for {intent!r}")
        yield from (Golden(" ".join(str(text).split()), str(intent), must) for text in texts)


def misunderstood(trial: Trial, golden: Sequence[Golden], routes: Routes) -> dict[Golden, str]:
    """Return the golden messages a model gets wrong, with what it takes each for."""
    wrong = {}
    for message in golden:
        taken = taken_for(trial.guesses[message.text], routes)
        if taken != meant_by(message.intent, routes):
            wrong[message] = taken
    return wrong


def objections(candidate: Mapping[Golden, str], current: Mapping[Golden, str] | None) -> list[str]:
    """Return what speaks against a candidate, one line each; empty when it understands what it must.

    Args:
        candidate: the golden messages it gets wrong.
        current: those the serving model gets wrong; None when none serves.
    """
    return [
        f"“{message.text}” has to be understood as {message.intent}, and is taken for {taken}"
        for message, taken in candidate.items()
        if message.must or (current is not None and message not in current)
    ]
