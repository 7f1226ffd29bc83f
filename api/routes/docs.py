"""`/docs`: the calls of the API as a plain page, made from its OpenAPI; no script, nothing from elsewhere."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages.render import page

router = APIRouter(include_in_schema=False)
METHODS = ("get", "post", "put", "patch", "delete")


@router.get("/docs", response_class=HTMLResponse)
async def show_docs(request: Request) -> HTMLResponse:
    """List every call with what it takes and answers; the whole contract is in /openapi.json."""
    contract: dict[str, Any] = request.app.openapi()
    about = {tag["name"]: tag["description"] for tag in contract["tags"]}
    order = list(about)
    calls = sorted(_calls(contract), key=lambda call: (order.index(call["group"]), call["path"]))
    groups = [
        {"name": name, "about": about[name], "calls": list(some)}
        for name, some in groupby(calls, key=lambda call: call["group"])
    ]
    return page(request, "docs.html", groups=groups, version=contract["info"]["version"])


def _calls(contract: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "group": (operation.get("tags") or ["service"])[0],
            "method": method.upper(),
            "path": path,
            "description": operation.get("description") or operation.get("summary", ""),
            "takes": _schema_names(operation.get("requestBody", {}).get("content", {})),
            "example": _example(operation, contract["components"]["schemas"]),
            "parameters": [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"],
            "gives": [
                {"status": status, "schema": ", ".join(_schema_names(answer.get("content", {})))}
                for status, answer in operation.get("responses", {}).items()
            ],
        }
        for path, operations in contract["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]


def _example(operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return an example of a call's body as JSON; "" for a call that takes none."""
    for name in _schema_names(operation.get("requestBody", {}).get("content", {})):
        for example in schemas[name].get("examples", ()):
            return json.dumps(example, ensure_ascii=False, indent=2)
    return ""


def _schema_names(content: dict[str, Any]) -> list[str]:
    """Return the names of the schemas of a body; one that may be left out is named too."""
    schemas = [media.get("schema", {}) for media in content.values()]
    choices = [choice for schema in schemas for choice in (schema, *schema.get("anyOf", ()))]
    return [choice["$ref"].rpartition("/")[2] for choice in choices if "$ref" in choice]
