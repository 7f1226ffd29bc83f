"""Errors that reach a caller: one class, one handler, one JSON shape."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.store.database import StoreBusy

logger = logging.getLogger(__name__)

STATUS_CODES = {400: "bad_request", 401: "unauthorised", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
                409: "conflict", 413: "too_large", 415: "unsupported_media_type", 429: "too_many_requests"}  # fmt: skip


class ApiError(Exception):
    """A refusal the caller is told about.

    Attributes:
        status: the HTTP status.
        code: snake_case, for machines.
        message: one sentence for a person.
        details: more fields of the error object, such as who holds a conversation.
        headers: more response headers, such as Retry-After.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """Return the JSON body: `{"error": {"code", "message", ...}}`."""
        return {"error": {"code": self.code, "message": self.message, **self.details}}


def not_found(what: str = "This") -> ApiError:
    """Return the 404 for an id that does not exist or that the caller may not see."""
    return ApiError(404, "not_found", f"{what} does not exist.")


def install_error_handlers(app: FastAPI) -> None:
    """Make `app` answer every error in the one JSON shape, never with a traceback."""
    app.add_exception_handler(ApiError, _answer_api_error)
    app.add_exception_handler(StoreBusy, _answer_busy)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unexpected)


def _respond(error: ApiError) -> JSONResponse:
    return JSONResponse(error.body(), status_code=error.status, headers=error.headers)


async def _answer_api_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return _respond(error)


async def _answer_busy(_: Request, error: Exception) -> JSONResponse:
    logger.warning("the database is busy: %s", error)
    return _respond(busy())


def busy() -> ApiError:
    """Return the 503 for a database that is locked or away: nothing was stored, the caller may try again."""
    return ApiError(503, "busy", "We cannot take this just now. Please try again.", headers={"Retry-After": "2"})


async def _answer_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    if any(problem.get("type") == "json_invalid" for problem in problems):
        return _respond(ApiError(400, "invalid_json", "The body is not valid JSON."))
    fields = [{"field": ".".join(str(part) for part in p["loc"]), "problem": p["msg"]} for p in problems[:20]]
    message = f"{fields[0]['field']}: {fields[0]['problem']}" if fields else "The request is not valid."
    return _respond(ApiError(422, "invalid", message, details={"fields": fields}))


async def _answer_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = STATUS_CODES.get(error.status_code, "error")
    return _respond(ApiError(error.status_code, code, str(error.detail), headers=error.headers))


async def _answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _respond(ApiError(500, "internal", "Something went wrong on our side."))
