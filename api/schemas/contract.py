"""The contract as people read it: groups in their order, every parameter explained, an example for every body."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

ABOUT = """Everything the widget, the desk and the administration do goes through these calls.

Customers send the token of their conversation, agents and administrators an API token, as `Authorization: Bearer`; a
desk in a browser has a session cookie. Every refusal is `{"error": {"code", "message"}}`: the code for programs, the
message for people. 503 and 429 mean that nothing was stored, and say when to try again."""

CREDENTIALS = {
    "token": {"type": "http", "scheme": "bearer", "description": "Of a conversation, of an agent or administrator."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "deskmate_session",
        "description": "Of a browser that has logged in.",
    },
}


def install_contract(app: FastAPI) -> None:
    """Let an application answer `/openapi.json` with the explained contract, made once."""

    def contract() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
            app.openapi_schema = explained(made)
        return app.openapi_schema

    app.openapi = contract  # type: ignore[method-assign]  # FastAPI's documented way


def explained(contract: dict[str, Any]) -> dict[str, Any]:
    """Return a contract with groups, descriptions of parameters, and an example in every schema that has one."""
    said = explanations()
    schemas = contract["components"]["schemas"]
    for name, example in said["examples"].items():
        if name in schemas:
            schemas[name]["examples"] = [example]
    for operations in contract["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                parameter.setdefault("description", said["parameters"].get(parameter["name"], ""))
    contract["components"]["securitySchemes"] = CREDENTIALS
    contract["security"] = [{name: []} for name in CREDENTIALS]
    return {**contract, "tags": [{"name": name, "description": about} for name, about in said["groups"].items()]}


@cache
def explanations() -> dict[str, Any]:
    """Return what `examples.yml` says: `groups`, `parameters` and `examples`."""
    text = Path(__file__).with_name("examples.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
