"""Synonyms as text: `data/synonyms.yml` lists, under what the articles call a thing, what customers call it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from api.worker.training_data import TrainingDataInvalid, read_yaml
from kb_index.synonyms import Synonym

FILE = "synonyms.yml"
HEADER = "# What the articles call a thing, and what customers call it. Read by search, never shown.\n"


def read_synonyms(path: Path) -> list[Synonym]:
    """Read the list; empty without the file.

    Raises:
        TrainingDataInvalid: it does not map texts to lists of texts.
    """
    content = (read_yaml(path, for_rasa=False) or {}) if path.exists() else {}
    if not isinstance(content, dict):
        raise TrainingDataInvalid(f"{path}: not a mapping of what articles say to what customers say")
    for means, said in content.items():
        if not isinstance(said, list) or not all(isinstance(text, str) and text.strip() for text in said):
            raise TrainingDataInvalid(f"{path}: {means!r} needs a list of texts")
    return [Synonym(text.strip(), str(means)) for means, said in content.items() for text in said]


def synonym_file(data: Path, stored: Sequence[Synonym]) -> dict[str, str | None]:
    """Return the file's new text by its path under `data/`, None to remove it; nothing when it says the same."""
    if sorted(read_synonyms(data / FILE)) == sorted(stored):
        return {}
    return {FILE: file_text(stored) if stored else None}


def file_text(synonyms: Iterable[Synonym]) -> str:
    """Return the file of a list."""
    by_meaning: dict[str, list[str]] = {}
    for synonym in synonyms:
        by_meaning.setdefault(synonym.means, []).append(synonym.said)
    lines = (f"{_quoted(means)}: [{', '.join(map(_quoted, said))}]\n" for means, said in by_meaning.items())
    return HEADER + "".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
