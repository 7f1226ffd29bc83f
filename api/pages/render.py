"""Renders the pages: templates with autoescape, the text catalogue, and the widget as one script."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

FOLDER: Final = Path(__file__).parent
SHARED_NODES: Final = FOLDER / "static" / "lib" / "nodes.js"  # a module of the desk and the administration as well
WIDGET_PARTS: Final = ("texts.js", "memory.js", "connection.js", "transcript.js", "forms.js", "element.js")

# `trusted-types 'none'` makes the browser itself refuse `innerHTML` and its kind: people's text can only ever be text.
PAGE_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@cache
def texts(language: str = "en") -> dict[str, dict[str, str]]:
    """Return the pages' visible texts of a language, by page and name."""
    catalogue: dict[str, dict[str, str]] = json.loads((FOLDER / "strings" / f"{language}.json").read_text("utf-8"))
    return catalogue


def text(name: str, **values: object) -> str:
    """Return the text `page.name` from the catalogue, its `{placeholders}` filled in.

    Raises:
        KeyError: the catalogue has no such text.
    """
    page_name, _, key = name.partition(".")
    filled = texts()[page_name][key]
    for placeholder, value in values.items():
        filled = filled.replace(f"{{{placeholder}}}", str(value))
    return filled


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["text"] = text
    return environment


def page(request: Request, template: str, *, status_code: int = 200, **variables: object) -> HTMLResponse:
    """Answer with a page of `templates/`, under the strict content policy."""
    html = _templates().get_template(template).render(path=request.url.path, **variables)
    return HTMLResponse(html, status_code=status_code, headers=PAGE_HEADERS)


def _without_comments(source: str) -> str:
    """Drop comment lines and indentation, a quarter of what travels; no part has a text that spans lines."""
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*", "*/", "* ")))


@cache
def widget() -> tuple[str, str]:
    """Return the widget as one script, and its entity tag: its texts, its styles, then its parts in order."""
    files = (SHARED_NODES, *(FOLDER / "widget" / name for name in WIDGET_PARTS))
    parts = [_without_comments(file.read_text("utf-8")).replace("\nexport ", "\n") for file in files]
    styles = _without_comments((FOLDER / "widget" / "styles.css").read_text("utf-8"))
    script = "\n".join(
        (
            '(() => {\n"use strict";',
            "const SCRIPT = document.currentScript;",
            'const BASE = SCRIPT?.src ? new URL(".", SCRIPT.src).href : location.origin;',
            f"const TEXTS = {json.dumps(texts()['widget'], ensure_ascii=False)};",
            f"const STYLES = {json.dumps(styles, ensure_ascii=False)};",
            *parts,
            "})();\n",
        )
    )
    return script, f'"{hashlib.sha256(script.encode()).hexdigest()[:32]}"'
