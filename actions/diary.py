"""Booked call-backs: the face of a company's diary, and a small demo that keeps a file.

A company replaces the demo by a class with the same method and names it in DESKMATE_DIARY, as `module:Class`.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from actions.adapters import adapter


class DiaryUnavailable(Exception):
    """The call-back could not be booked."""


@dataclass(frozen=True, slots=True)
class Callback:
    """Whom to ring, when, and about what."""

    conversation_id: str
    phone: str
    time: str  # in the customer's words
    topic: str


class Diary(Protocol):
    """A company's diary of call-backs."""

    async def book(self, callback: Callback) -> str:
        """Book a call-back and return its reference; the same one twice is booked once.

        Raises:
            DiaryUnavailable: nothing was booked.
        """


class FileDiary:
    """Keeps call-backs in `callbacks.jsonl`, one a line, readable by this user only."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(os.environ.get("DESKMATE_VAR_DIR", "var")) / "callbacks.jsonl"

    async def book(self, callback: Callback) -> str:
        """Book a call-back and return its reference; the same one twice is booked once."""
        reference = reference_of(callback)
        line = json.dumps({"reference": reference, **asdict(callback)}) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "a+", encoding="utf-8", opener=_private) as file:  # noqa: ASYNC230 - one short line
                file.seek(0)
                if line not in file:
                    file.write(line)
        except OSError as error:
            raise DiaryUnavailable(f"{self._path} cannot be written: {error}") from error
        return reference


@lru_cache(maxsize=1)
def diary() -> Diary:
    """Return the diary of this installation."""
    system: Diary = adapter("DESKMATE_DIARY", FileDiary)
    return system


def reference_of(callback: Callback) -> str:
    """Return a short reference that the same call-back always has."""
    return "CB-" + hashlib.sha256(json.dumps(asdict(callback), sort_keys=True).encode()).hexdigest()[:6].upper()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
