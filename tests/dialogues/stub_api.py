"""The one call of the API that actions make, answered by rules a reader can work out by hand."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ARTICLES = {
    "return-an-item": ("Return an item", "You can send anything back within 30 days."),
    "refund-times": ("When your refund arrives", "A refund takes up to five working days."),
    "delivery-countries-and-prices": ("Delivery abroad", "Delivery to Norway costs £12."),
    "contact-and-opening-hours": ("Contact us", "Write to help@tarnwick.example or ring +44 1632 960417."),
}
REFUSAL = "Socks that were worn cannot be returned."
ARTICLES["worn-socks"] = ("Worn socks", REFUSAL)
# A word of the question -> decision, and article ids with their confidence.
FINDINGS: tuple[tuple[str, str, tuple[tuple[str, float], ...]], ...] = (
    ("socks", "answer", (("worn-socks", 0.9),)),
    ("send it back", "clarify", (("return-an-item", 0.45), ("refund-times", 0.40))),
    ("refund", "answer", (("refund-times", 0.9), ("return-an-item", 0.5))),
    ("return", "answer", (("return-an-item", 0.9), ("refund-times", 0.2))),
    ("norway", "answer", (("delivery-countries-and-prices", 0.9),)),
    ("contact", "answer", (("contact-and-opening-hours", 0.9),)),
)


class StubApi:
    """Remembers what was said under which message id, and answers for it."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.asked: list[dict[str, Any]] = []
        self.is_down = False
        self.url = ""

    def finding(self, text: str) -> dict[str, Any]:
        """Return the suggestion set for a text; "and how" parts two questions."""
        asked = text.lower().replace(" and can ", " and how can ").split(" and how ")
        return self._joined([self._finding(part) for part in asked]) if len(asked) > 1 else self._finding(text)

    @staticmethod
    def _joined(found: list[dict[str, Any]]) -> dict[str, Any]:
        parts = []
        for one in found:
            shown = one["suggestions"][: 2 if one["decision"] == "clarify" else 1]
            parts.append({"question": "", "decision": one["decision"], "ids": shown})
        suggestions = [suggestion for part in parts for suggestion in part["ids"]]
        for part in parts:
            part["suggestion_ids"] = [suggestion["suggestion_id"] for suggestion in part.pop("ids")]
        return {**found[0], "suggestions": suggestions, "parts": parts}

    def _finding(self, text: str) -> dict[str, Any]:
        found = next(((d, a) for word, d, a in FINDINGS if word in text.lower()), ("offer_person", ()))
        decision, articles = found
        suggestions = [
            {
                "suggestion_id": f"s-{article_id}",
                "article_id": article_id,
                "title": ARTICLES[article_id][0],
                "url": f"/help/{article_id}",
                "answer": ARTICLES[article_id][1],
                "passage": ARTICLES[article_id][1],
                "similarity": confidence,
                "confidence": confidence,
            }
            for article_id, confidence in articles
        ]
        return {
            "suggestion_set_id": "set",
            "kb_version": "1",
            "model_version": "1",
            "decision": decision,
            "confidence": articles[0][1] if articles else 0.0,
            "suggestions": suggestions,
        }


@contextmanager
def running_stub_api() -> Iterator[StubApi]:
    """Serve a stub on a free port."""
    stub = StubApi()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stub.asked.append(query)
            text = query.get("question") or stub.texts.get(query.get("message_id", ""))
            status = 500 if stub.is_down else 404 if text is None else 200
            body = json.dumps(stub.finding(text) if status == 200 else {"error": {}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
