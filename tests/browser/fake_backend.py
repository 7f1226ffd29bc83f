"""A small back end for the pages' own tests: the customer's calls, kept in memory, with faults on demand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse

from api.pages.render import PAGE_HEADERS
from api.routes import pages

ANSWER = (
    "Standard delivery takes two to three working days.\n\n"
    "1. Open **Your orders**.\n2. Choose the order.\n3. Press *Track parcel*."
)
Row = dict[str, Any]


@dataclass
class Conversation:
    """One conversation's rows and who owns it; sockets wake on `changed`."""

    conversation_id: str
    token: str
    owner: str = "bot"
    place: Row = field(default_factory=dict)  # position and wait, as the last owner frame said
    rows: list[Row] = field(default_factory=list)
    ids: dict[str, Row] = field(default_factory=dict)
    sockets: set[WebSocket] = field(default_factory=set)
    typing_seen: int = 0
    feedback: list[Row] = field(default_factory=list)
    ratings: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)


class FakeBackend:
    """What the server knows, and the switches a test may throw."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.epoch = "epoch-1"
        self.down = False
        self.silent_acks = 0  # this many next messages are stored but not acknowledged
        self.available = {
            "open": True,
            "hours": "Open until 18:00",
            "sentence": "A person is here until 18:00.",
            "channels": [],
        }
        self.posts: list[Row] = []
        self.violations: list[Row] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        self._numbers = itertools.count(1)

    # ---- what a test may do, from its own thread -----------------------------------------------------------

    def do(self, change: Callable[[], Any]) -> None:
        """Run a change, which may be a coroutine function, on the server's loop and wait for it."""

        async def run() -> None:
            outcome = change()
            if asyncio.iscoroutine(outcome):
                await outcome

        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(run(), self.loop).result(timeout=10)

    @property
    def only(self) -> Conversation:
        """The single conversation there is."""
        [conversation] = self.conversations.values()
        return conversation

    async def hang_up(self) -> None:
        """Cut every socket, as a lost network does."""
        for conversation in self.conversations.values():
            for socket in list(conversation.sockets):
                await socket.close(1012)
            conversation.sockets.clear()

    async def restore(self, epoch: str, keep: int) -> None:
        """Go back to a backup that holds the first `keep` rows; the epoch changes."""
        self.epoch = epoch
        for conversation in self.conversations.values():
            del conversation.rows[keep:]
            conversation.ids = {key: row for key, row in conversation.ids.items() if row in conversation.rows}
        await self.hang_up()

    async def write(self, conversation: Conversation, sender: str, text: str, **more: Any) -> Row:
        """Store a row and send it to every socket of the conversation."""
        seq = len(conversation.rows) + 1
        row = {"seq": seq, "message_id": f"m{next(self._numbers)}", "sender": sender, "text": text, **more}
        row["created_at"] = f"2026-03-02T10:00:{seq % 60:02d}Z"
        conversation.rows.append(row)
        await self.send(conversation, {"type": "message", **row})
        return row

    async def own(self, conversation: Conversation, owner: str, **more: Any) -> None:
        """Change who owns the conversation and tell its sockets."""
        conversation.owner = owner
        conversation.place = more
        await self.send(conversation, {"type": "owner", "owner": owner, **more})

    async def send(self, conversation: Conversation, frame: Row) -> None:
        for socket in list(conversation.sockets):
            await socket.send_json(frame)

    # ---- the bot -------------------------------------------------------------------------------------------

    async def reply(self, conversation: Conversation, said: str) -> None:
        """Answer one customer message, by a fixed script."""
        lowered = said.lower()
        if conversation.owner in ("queue", "agent"):
            return
        if "prices" in lowered:
            await self.write(conversation, "bot", "Where to | Price\nIreland | £6.95\nNorway | £14.50")
        elif "parcel" in lowered:
            source = {"title": "Tracking your parcel", "url": "/help/tracking"}
            await self.write(conversation, "bot", ANSWER, suggestion_id="s1", source=source)
        elif "useless" in lowered:
            buttons = [{"button_id": "yes", "title": "Yes, please"}, {"button_id": "no", "title": "No, go on"}]
            await self.write(conversation, "bot", "I am sorry. Shall I fetch a person?", buttons=buttons)
        elif lowered == "yes, please":
            await self.own(conversation, "queue", position=2, wait_s=170)
        elif "slow" in lowered:
            await self.send(conversation, {"type": "typing", "sender": "bot", "text": "Still working on it…"})
        else:
            await self.write(conversation, "bot", f"You said: {said}")

    async def receive(self, conversation: Conversation, frame: Row) -> Row:
        """Store a customer's message once, and answer with its acknowledgement or a refusal."""
        client_msg_id = frame["client_msg_id"]
        said = frame.get("text") or {"yes": "Yes, please", "no": "No, go on"}.get(frame.get("button_id", ""), "")
        if len(said) > 8000:
            error = {"code": "message_too_long", "message": "A message may have 8,000 characters."}
            return {"type": "error", "client_msg_id": client_msg_id, "error": error}
        row = conversation.ids.get(client_msg_id)
        if row is None:
            row = await self.write(conversation, "customer", said, client_msg_id=client_msg_id)
            conversation.ids[client_msg_id] = row
            asyncio.get_running_loop().create_task(self.reply(conversation, said))
        return {
            "type": "ack",
            "client_msg_id": client_msg_id,
            "message_id": row["message_id"],
            "seq": row["seq"],
            "epoch": self.epoch,
        }


def build(backend: FakeBackend) -> FastAPI:
    """The fake's HTTP and WebSocket face, with the real pages on it."""
    router = APIRouter()

    def fail(status: int, code: str, message: str) -> JSONResponse:
        return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)

    @router.get("/v1/availability")
    def availability() -> dict[str, Any]:
        return backend.available

    @router.post("/violations")
    async def violations(request: Request) -> dict[str, Any]:
        backend.violations.append(await request.json())
        return {}

    @router.post("/v1/conversations", status_code=201)
    async def open_conversation(request: Request) -> dict[str, str]:
        backend.posts.append(await request.json())
        name = f"c{len(backend.conversations) + 1}"
        backend.conversations[name] = Conversation(name, f"token-{name}")
        return {"conversation_id": name, "token": f"token-{name}", "epoch": backend.epoch}

    @router.post("/v1/conversations/{name}/{call}")
    async def about(name: str, call: str, request: Request) -> Any:
        conversation = backend.conversations.get(name)
        if conversation is None:
            return fail(404, "not_found", "There is no such conversation.")
        body = await request.json()
        if call == "request-person":
            await backend.own(conversation, "queue", position=1, wait_s=60)
            return {"owner": "queue", "position": 1, "wait_s": 60, "hours": backend.available["hours"]}
        if call == "leave-queue":
            await backend.own(conversation, "bot")
        elif call == "contact":
            conversation.contacts.append(body)
        elif call == "rating":
            conversation.ratings.append(body)
        return {"owner": conversation.owner}

    @router.websocket("/v1/chat")
    async def chat(socket: WebSocket) -> None:
        if backend.down:
            await socket.close(1013)
            return
        await socket.accept()
        hello = await socket.receive_json()
        found = [c for c in backend.conversations.values() if c.token == hello["token"]]
        if not found:
            await socket.close(4401)
            return
        [conversation] = found
        after = hello["after"]
        if hello["epoch"] != backend.epoch:
            after = 0
            await socket.send_json({"type": "reset", "epoch": backend.epoch})
        await socket.send_json({"type": "owner", "owner": conversation.owner, **conversation.place})
        while after < len(conversation.rows):  # nothing may be written between the last of these and the next line
            after += 1
            await socket.send_json({"type": "message", **conversation.rows[after - 1]})
        conversation.sockets.add(socket)
        try:
            while True:
                await converse(socket, conversation, await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            conversation.sockets.discard(socket)

    async def converse(socket: WebSocket, conversation: Conversation, frame: Row) -> None:
        if frame["type"] == "message":
            answer = await backend.receive(conversation, frame)
            if backend.silent_acks:
                backend.silent_acks -= 1
                await backend.hang_up()
            else:
                await socket.send_json(answer)
        elif frame["type"] == "typing":
            conversation.typing_seen += 1
        elif frame["type"] == "feedback":
            conversation.feedback.append(frame)
        elif frame["type"] == "ping":
            await socket.send_json({"type": "pong"})

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        backend.loop = asyncio.get_running_loop()
        yield

    app = FastAPI(lifespan=lifespan)

    @app.middleware("http")
    async def gate(request: Request, call_next: Any) -> Any:
        if backend.down and request.url.path.startswith("/v1"):
            return fail(503, "unavailable", "Not available just now.")
        response = await call_next(request)
        for name, value in PAGE_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.include_router(router)
    app.include_router(pages.router)
    pages.mount_static(app)
    return app
