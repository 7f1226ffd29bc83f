"""The one loader of `en.yml`: every sentence the API itself says to a person."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent


@cache
def catalogue(language: str = "en") -> dict[str, str]:
    """Return every string by its dotted key."""
    tree = yaml.safe_load((FOLDER / f"{language}.yml").read_text("utf-8"))
    return dict(_flat(tree, ""))


def say(key: str, **values: object) -> str:
    """Return the sentence `key`, with `{name}` filled from `values`.

    Raises:
        KeyError: there is no such sentence, or it names a value that was not given.
    """
    return " ".join(catalogue()[key].format_map(values).split())


def _flat(tree: dict[str, object], prefix: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in tree.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", str(value))]
    return pairs
