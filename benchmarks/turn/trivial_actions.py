"""Answers every action with the same sentence: `python -m benchmarks.turn.trivial_actions PORT`."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = b'{"events": [], "responses": [{"text": "One answer."}]}'


class Handler(BaseHTTPRequestHandler):
    """Keeps connections open, as real servers do."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait 40 ms for an acknowledgement

    def do_GET(self) -> None:
        """Say that the server is there."""
        self._answer()

    def do_POST(self) -> None:
        """Answer an action."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer()

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
