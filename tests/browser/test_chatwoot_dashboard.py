"""The dashboard app in a frame of Chatwoot's: it believes Chatwoot, and nobody else."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from playwright.sync_api import Browser, expect

from deskmate_chatwoot.app import create_app
from deskmate_chatwoot.chatwoot import Chatwoot
from deskmate_chatwoot.memory import Memory
from deskmate_chatwoot.settings import Settings
from deskmate_client import AsyncDesk
from tests.browser.serving import new_context
from tests.clients.fake_chatwoot import KEY, payload
from tests.fakes import wait_until

HOST_PAGE = """<!doctype html><title>desk</title><iframe src="%s" width="600" height="500"></iframe><script>
const frame = document.querySelector("iframe");
addEventListener("message", (event) => {
  window.asked = event.data;
  if (event.data === "chatwoot-dashboard-app:fetch-info") frame.contentWindow.postMessage(%s, "*");
});
</script>"""


@contextmanager
def desk_page(frame: str, context: dict[str, Any]) -> Iterator[str]:
    """Serve a page that frames the app and hands it a conversation, as Chatwoot does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (HOST_PAGE % (desk.frame, json.dumps(json.dumps(context)))).encode()  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    desk = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    desk.frame = frame  # type: ignore[attr-defined]
    threading.Thread(target=desk.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{desk.server_address[1]}"
    finally:
        desk.shutdown()
        desk.server_close()


async def deskmate(request: httpx.Request) -> httpx.Response:
    """A Deskmate that knows one article, and in which nothing happens."""
    if request.url.path == "/v1/suggestions":
        one = {"suggestion_id": "s1", "article_id": "parcel", "title": "Where is my parcel <b>now</b>",
               "passage": "Track it.", "url": "https://shop.example/help/parcel", "answer": "Track it in your account.",
               "similarity": 0.9, "confidence": 0.84}  # fmt: skip
        found = {"suggestion_set_id": "1", "decision": "answer", "confidence": 0.84, "suggestions": [one]}
        return httpx.Response(200, json=found)
    if request.url.params.get("wait") != "0":
        await asyncio.Event().wait()
    return httpx.Response(200, json={"epoch": "e", "after": 0, "more": False, "events": []})


@contextmanager
def adapter(chatwoot_url: str, folder: Path) -> Iterator[str]:
    """Serve the adapter for a Chatwoot at an address."""
    settings = Settings("http://deskmate.test", "t", chatwoot_url, "b", KEY)
    memory = Memory(folder / "chatwoot.db")
    desk = AsyncDesk(settings.deskmate_url, "t", transport=httpx.MockTransport(deskmate))
    chatwoot = Chatwoot(chatwoot_url, "b", transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    app = create_app(settings, memory=memory, desk=desk, chatwoot=chatwoot)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        memory.close()


def test_the_app_shows_suggestions_to_chatwoot_and_to_nobody_else(browser: Browser, tmp_path: Path) -> None:
    context = payload("dashboard_context")
    page = new_context(browser).new_page()
    with desk_page("", context) as chatwoot, adapter(chatwoot, tmp_path) as address:
        with desk_page(f"{address}/dashboard/{KEY}", context) as stranger:
            page.goto(stranger)  # another site may not even frame it
            expect(page.frame_locator("iframe").get_by_text("Track it in your account.")).to_have_count(0)
            assert page.evaluate("window.asked") is None
        page.goto(chatwoot)
        page.evaluate("address => { document.querySelector('iframe').src = address }", f"{address}/dashboard/{KEY}")
        app = page.frame_locator("iframe >> nth=0")
        expect(app.get_by_text("Track it in your account.")).to_be_visible()
        expect(app.get_by_role("heading", name="Where is my parcel <b>now</b>")).to_be_visible()
        expect(app.get_by_text("84 % likely")).to_be_visible()
        expect(app.get_by_role("link", name="Article")).to_have_attribute("href", "https://shop.example/help/parcel")
        page.screenshot(path=tmp_path / "dashboard.png")
        strange = page.evaluate(
            """() => new Promise((done) => {
                const other = document.createElement("iframe");  // a sandboxed frame: its origin is not Chatwoot's
                other.sandbox = "allow-scripts";
                other.srcdoc = `<script>parent.frames[0].postMessage('{"event":"appContext","data":{"conversation":` +
                    `{"id":1,"messages":[]}}}', "*"); parent.postMessage("sent", "*")</scr` + `ipt>`;
                addEventListener("message", (event) => event.data === "sent" && done(true));
                document.body.append(other);
            })"""
        )
        assert strange is True
        expect(app.get_by_text("Track it in your account.")).to_be_visible()
        expect(app.get_by_role("status")).to_have_text("")
    page.context.close()
