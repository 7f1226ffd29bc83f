"""The one shape of every error, for the contract."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class ErrorOut(BaseModel):
    """Why a call was refused; some errors carry more, such as who holds a conversation."""

    model_config = ConfigDict(extra="allow")

    code: str  # snake_case, for machines
    message: str  # one sentence for a person


class ErrorBody(BaseModel):
    """The body of every answer that is no success."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"error": {"code": "not_found", "message": "This conversation does not exist."}}}
    )

    error: ErrorOut


EVERYWHERE: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "Refused: the code says why, the message says it to a person."},
    "503": {"model": ErrorBody, "description": "Nothing was stored; try again after Retry-After."},
}
