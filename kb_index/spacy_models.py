"""spaCy without torch: loading it costs a third of the time and of the memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def load_spacy(model: str, exclude: Sequence[str]) -> Any:
    """Load one of spaCy's models, which run on NumPy alone.

    Args:
        model: the name of its package.
        exclude: parts that are not wanted.

    Raises:
        OSError: the package is not installed.
    """
    with _without_torch():
        import spacy

    return spacy.load(model, exclude=list(exclude))


@contextmanager
def _without_torch() -> Iterator[None]:
    """Let a package that looks for torch, as thinc does below spaCy, find none; one that is loaded stays."""
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # what Python itself takes for "not there"
    try:
        yield
    finally:
        del sys.modules["torch"]
