"""Arrays as files' contents, without pickles."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def to_bytes(array: Array) -> bytes:
    """Return an array in NumPy's file format."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def from_bytes(content: bytes) -> Array:
    """Read what `to_bytes` gave.

    Raises:
        ValueError: it is no plain array.
    """
    array: Array = np.load(io.BytesIO(content), allow_pickle=False)
    return array
