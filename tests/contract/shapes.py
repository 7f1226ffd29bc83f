"""Checks that an answer has the members its contract names, each of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httpx2 import Response


class Maybe:
    """A member that may be missing or null."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind


def check_shape(value: Any, shape: Any, where: str = "answer") -> None:
    """Assert that `value` is of a kind, a list of one, one of some words, or an object with these members."""
    if isinstance(shape, Mapping):
        assert isinstance(value, dict), f"{where} is no object: {value!r}"
        for name, kind in shape.items():
            if isinstance(kind, Maybe):
                if value.get(name) is not None:
                    check_shape(value[name], kind.kind, f"{where}.{name}")
            else:
                assert name in value, f"{where} lacks {name}"
                check_shape(value[name], kind, f"{where}.{name}")
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{where} is no list: {value!r}"
        for number, one in enumerate(value):
            check_shape(one, shape[0], f"{where}[{number}]")
    elif isinstance(shape, set):
        assert value in shape, f"{where} is {value!r}"
    elif shape is float:
        assert type(value) in (int, float), f"{where} is {value!r}"
    elif shape is int:
        assert type(value) is int, f"{where} is {value!r}"
    else:
        assert isinstance(value, shape), f"{where} is {value!r}"


def check_error(answer: Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Assert that an answer is an error in the one shape, and return the error."""
    assert answer.status_code == status, answer.text
    check_shape(answer.json(), {"error": {"code": str, "message": str}})
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"].replace("_", "").isalnum(), error
    assert error["code"].islower(), error
    assert "Traceback" not in answer.text
    if code is not None:
        assert error["code"] == code
    return error
