"""Fakes a reader can work out by hand: a Rasa gateway with faults to order, a word-counting search, a movable clock."""

from __future__ import annotations

import json
import math
import socket
import struct
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from api.clock import Clock
from api.suggestions.finder import AsOf, SearchUnavailable
from kb_index.search import Finding, Suggestion, Utterance

SECRET = "f" * 64

Json = dict[str, Any]
T = TypeVar("T")


class MovableClock(Clock):
    """The machine's clock, moved: wall time jumps with `move`, monotonic time does not, as in a real machine."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = (start - datetime.now(UTC)) if start else timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move(self, **by: float) -> None:
        self._offset += timedelta(**by)


@dataclass(frozen=True)
class Shelf:
    """One article of the fake knowledge base."""

    article_id: str
    title: str
    text: str
    audience: str = "public"


ARTICLES = (
    Shelf("parcel", "Where is my parcel", "Track your parcel in your account."),
    Shelf("returns", "Returns", "Send it back within 30 days."),
    Shelf("staff-note", "Parcel desk", "Carrier escalation for a lost parcel.", "internal"),
)


class WordFinder:
    """Searches by counting shared words: similarity is the cosine between two sets of words."""

    def __init__(self, articles: Sequence[Shelf] = ARTICLES) -> None:
        self.articles = list(articles)
        self.broken = False
        self.asked: list[tuple[str, tuple[Utterance, ...]]] = []

    def find(
        self,
        question: str,
        *,
        kb: str,
        history: Sequence[Utterance] = (),
        limit: int = 3,
        allowed: Collection[str] | None = None,
    ) -> Finding:
        if self.broken:
            raise SearchUnavailable("the index is damaged")
        self.asked.append((question, tuple(history)))
        found = {audience: self._ranked(question, audience, limit, allowed) for audience in ("public", "internal")}
        top = found["public"][0].confidence if found["public"] else 0.0
        return Finding(
            decision="answer" if top >= 0.5 else "none",
            confidence=top,
            suggestions=found["public"],
            internal=found["internal"],
            kb_version="kb-1",
            model_version="words-1",
        )

    def find_as_of(
        self, question: str, *, kb: str, version: str | None, history: Sequence[Utterance] = (), limit: int = 3
    ) -> AsOf:
        return AsOf(self.find(question, kb=kb, history=history, limit=limit), 0.5, 0.3, 0.05)

    def check(self, kb: str = "main") -> str:
        return self.find("parcel", kb=kb).kb_version

    def problem(self, kb: str = "main") -> str | None:
        return "the index is damaged" if self.broken else None

    def _ranked(
        self, question: str, audience: str, limit: int, allowed: Collection[str] | None
    ) -> tuple[Suggestion, ...]:
        mine = [a for a in self.articles if a.audience == audience and (allowed is None or a.article_id in allowed)]
        scored = [(self._cosine(question, f"{a.title} {a.text}"), a) for a in mine]
        scored = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].article_id))
        return tuple(
            Suggestion(a.article_id, a.title, a.text, a.text, similarity=cosine, confidence=min(1.0, 2 * cosine))
            for cosine, a in scored[:limit]
        )

    @staticmethod
    def _cosine(one: str, other: str) -> float:
        a, b = (set(text.lower().replace("?", " ").replace(".", " ").split()) for text in (one, other))
        return len(a & b) / math.sqrt(len(a) * len(b)) if a and b else 0.0


Behaviour = Callable[["Call"], None]


@dataclass
class Call:
    """One turn asked of the fake, and the ways it can be answered."""

    request: Json
    handler: BaseHTTPRequestHandler
    rasa: FakeRasa

    def reply(self, *texts: str, **more: Any) -> None:
        """Answer well."""
        self.send(200, self.rasa.answer(self.request, *texts, **more))

    def fail(self, code: str = "action_failed", status: int = 500) -> None:
        """Answer with an error, as the gateway does."""
        self.send(status, {"error": {"code": code, "message": "it failed"}})

    def send(self, status: int, body: Any, content_type: str = "application/json") -> None:
        """Answer anything."""
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", content_type)
        self.handler.send_header("Content-Length", str(len(payload)))
        self.handler.end_headers()
        self.handler.wfile.write(payload)

    def reset(self) -> None:
        """Break the connection off, as a killed process does."""
        linger = struct.pack("ii", 1, 0)
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.handler.close_connection = True
        self.handler.connection.close()

    def hang(self) -> None:
        """Never answer; ends with the fake."""
        self.rasa.ended.wait(60)
        self.handler.close_connection = True


def echo(call: Call) -> None:
    """Say the customer's words back: the default behaviour."""
    call.reply(f"You said: {call.request['text']}", outcome="answer")


@dataclass
class Withheld:
    """A behaviour that waits until `go` is called, at most ten seconds, and then does what `then` does."""

    then: Behaviour = echo
    _went: threading.Event = field(default_factory=threading.Event)

    def __call__(self, call: Call) -> None:
        self._went.wait(10)
        self.then(call)

    def go(self) -> None:
        """Let every turn that waits, and every later one, go on."""
        self._went.set()


@dataclass
class FakeRasa:
    """A Rasa gateway on a real port. `behave` decides what a turn does; every turn asked is kept in `turns`."""

    behave: Behaviour = echo
    secret: str = SECRET
    model_version: str = "model-1"
    ready: bool = True
    turns: list[Json] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __enter__(self) -> FakeRasa:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                call = Call({}, self, fake)
                if self.path == "/actions":
                    call.send(200, [{"name": "action_answer"}])
                elif fake.ready:
                    call.send(200, {"model_version": fake.model_version, "encoder_version": "e-1"})
                else:
                    call.fail("no_model", 503)

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                call = Call(request, self, fake)
                if self.headers.get("Authorization") != f"Bearer {fake.secret}":
                    call.fail("unauthorised", 401)
                    return
                fake.turns.append(request)
                fake.arrived.release()
                fake.behave(call)

            def log_message(self, *_: Any) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                return  # the API hangs up on a slow turn: that is the point of some tests

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the port, as a process that has ended does."""
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, as table `rasa_process` holds it."""
        return f"http://127.0.0.1:{self.port}"

    def wait_for_turn(self, timeout_s: float = 10.0) -> None:
        """Wait until one more turn has arrived."""
        assert self.arrived.acquire(timeout=timeout_s), "no turn arrived"

    def answer(self, request: Json, *texts: str, **more: Any) -> Json:
        """Return a well-formed answer; keyword arguments replace its parts."""
        intent = more.pop("intent", "ask")
        score = more.pop("frustration", 0.0)
        buttons = more.pop("buttons", None)
        replies = [{"text": text, **({"buttons": buttons} if buttons else {})} for text in texts]
        return {
            "replies": replies if request["mode"] == "reply" else [],
            "understanding": {
                "intent": intent,
                "confidence": 0.9,
                "entities": [],
                "frustration": {"score": score, "reasons": []},
                "outcome": "search",
                "search_confidence": 0.5,
            },
            "outcome": "answer" if texts else "none",
            "state": {"version": 1, "turn": request["turn"]},
            "model_version": self.model_version,
            **more,
        }


def wait_until(look: Callable[[], T], timeout_s: float = 15.0) -> T:
    """Return what `look` returns once it is true; fail when it stays false for `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = look()
        if value:
            return value
        assert time.monotonic() < deadline, f"still {value!r} after {timeout_s} s"
        time.sleep(0.01)
