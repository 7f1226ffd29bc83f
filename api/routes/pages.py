"""The pages themselves. They hold no data: every one of them talks to the public API."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from api.pages.render import FOLDER, page, texts, widget

router = APIRouter(include_in_schema=False)

# Any website may load the widget; browsers ask again after five minutes.
WIDGET_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/", response_class=HTMLResponse)
def shop(request: Request) -> HTMLResponse:
    """The demo shop, with the widget on it as any website would carry it."""
    return page(request, "shop.html")


@router.get("/desk", response_class=HTMLResponse)
def desk(request: Request) -> HTMLResponse:
    """The agents' desk."""
    return page(request, "desk.html")


@router.get("/admin", response_class=HTMLResponse)
def admin(request: Request) -> HTMLResponse:
    """The administration."""
    return page(request, "admin.html")


@router.get("/setup", response_class=HTMLResponse)
def setup(request: Request) -> HTMLResponse:
    """Where the first administrator is created; the one-time token is in the fragment, which no server sees."""
    return page(request, "setup.html")


@router.get("/static/strings/en.json")
def strings() -> JSONResponse:
    """The text catalogue, for the desk and the administration."""
    return JSONResponse(texts(), headers={"Cache-Control": "no-cache"})


@router.get("/widget.js")
def widget_script(request: Request) -> Response:
    """The customer widget, one script for any website."""
    script, tag = widget()
    headers = WIDGET_HEADERS | {"ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(script, media_type="text/javascript", headers=headers)


def mount_static(app: FastAPI) -> None:
    """Serve `/static`; include the router first, which answers for the catalogue."""
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
