"""The real API on a real port, over a database of its own, with a fake Rasa behind it."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Self

import httpx
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from websockets.sync.client import ClientConnection, connect

from api.app import create_app
from api.clock import Clock
from api.company import Company, load_company
from api.security.accounts import create_token
from api.security.secrets import Secrets
from api.settings import Settings
from api.start import server
from api.store.database import Store
from api.store.migrate import migrate
from api.store.tables import Article, ArticleVersion, Conversation, Inbox, KnowledgeBase, Message, RasaProcess, Turn
from api.suggestions.finder import Finder
from tests.databases import sqlite_file
from tests.fakes import ARTICLES, SECRET, FakeRasa, MovableClock, WordFinder, wait_until

COMPANY = Path(__file__).parent.parent / "data" / "company.yml"
SECRETS = Secrets(internal=SECRET, signing="5" * 64, identity="1" * 64)
BOT = {"Authorization": f"Bearer {SECRET}"}
_numbers = itertools.count(1)

Json = dict[str, Any]


def fresh_store(var: Path, url: str = "") -> Store:
    """Return a migrated, empty database that has the fake's articles."""
    var.mkdir(parents=True, exist_ok=True)
    file = var / "deskmate.db"
    fresh = not url and not file.exists()
    if fresh:
        file.write_bytes(sqlite_file())
    store = Store(url or f"sqlite:///{file}")
    if not fresh:
        migrate(store)
    store.write_sync(_seed)
    return store


@cache
def _company() -> Company:
    return load_company(COMPANY)


def _seed(session: Session) -> None:
    if session.get(KnowledgeBase, "main") is not None:
        return
    now = datetime.now(UTC)
    session.add(KnowledgeBase(slug="main", created_at=now))
    session.flush()
    for shelf in ARTICLES:
        session.add(Article(kb="main", article_id=shelf.article_id, version=1, created_at=now))
        session.add(
            ArticleVersion(
                kb="main",
                article_id=shelf.article_id,
                version=1,
                title=shelf.title,
                body=shelf.text,
                audience=shelf.audience,
                created_at=now,
            )
        )


def list_process(store: Store, rasa: FakeRasa, *, id_: str | None = None, state: str = "ready") -> str:
    """Put a fake Rasa into the table turns are routed by."""
    number = next(_numbers)
    row = RasaProcess(
        id=id_ or f"fake-{number}",
        model_version=rasa.model_version,
        url=rasa.url,
        state=state,
        started_at=datetime.now(UTC),
    )
    name = row.id
    store.write_sync(lambda s: s.add(row))
    return name


class RunningApi:
    """One API process' worth of service, in a thread of the test's process.

    Args:
        var: its folder.
        rasa: the fake behind it; None for none.
        store: a database to share or to use again; by default a fresh one in `var`, closed at the end.
        settings: changes to the defaults.
    """

    def __init__(
        self,
        var: Path,
        rasa: FakeRasa | None = None,
        *,
        store: Store | None = None,
        finder: Finder | None = None,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        self._owns_store = store is None
        self.store = store or fresh_store(var)
        self.finder: Any = finder or WordFinder()
        self.clock = clock or MovableClock()
        options = {
            "rate_limits": False,
            "readiness_kept_s": 0,
            "log_level": "error",
            "allowed_origins": "http://shop.test",
            **settings,
        }
        if rasa is not None:
            options.setdefault("actions_port", rasa.port)
        self.settings = Settings(var_dir=var, port=1, **options)
        if rasa is not None:
            list_process(self.store, rasa)
        self.app = create_app(
            self.settings,
            store=self.store,
            search=self.finder,
            company=_company(),
            secrets=SECRETS,
            clock=self.clock,
        )

    def __enter__(self) -> Self:
        self._server = server(self.settings.model_copy(update={"port": 0}), self.app)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=40, trust_env=False, verify=False)  # no TLS here
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the API does not end"
        if self._owns_store:
            self.store.close()

    def customer(self, **body: Any) -> Customer:
        """Open a conversation."""
        raw = json.dumps(body).encode()  # by our own encoder, which lets lone surrogates through
        answer = self.http.post("/v1/conversations", content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code == 201, answer.text
        opened = answer.json()
        return Customer(self, opened["conversation_id"], opened["token"], opened["epoch"])

    def agent(self, role: str = "agent", name: str = "Ana") -> Mapping[str, str]:
        """Return the headers of a new agent."""
        now = datetime.now(UTC)
        token = self.store.write_sync(lambda s: create_token(s, role, name=name, now=now))  # type: ignore[arg-type]
        return {"Authorization": f"Bearer {token}"}

    def socket(self, port: int | None = None, **options: Any) -> ClientConnection:
        """Open a chat socket, hello not said yet; `port` is a proxy's."""
        options = {"origin": "http://shop.test", "max_size": None, "proxy": None, "close_timeout": 1, **options}
        return connect(f"ws://127.0.0.1:{port or self.port}/v1/chat", **options)

    @contextlib.contextmanager
    def desk(self, agent: Mapping[str, str]) -> Iterator[Chat]:
        """Open an agent's desk socket, hello not said yet."""
        address = f"ws://127.0.0.1:{self.port}/v1/desk"
        with connect(address, additional_headers=agent, max_size=None, proxy=None, close_timeout=1) as socket:
            yield Chat(socket)

    def settled(self) -> None:
        """Wait until no message owes anything."""
        wait_until(lambda: not self.store.read_sync(open_rows), timeout_s=30)


@dataclass
class Customer:
    """A customer with a conversation, over HTTP; `chat` opens a socket."""

    api: RunningApi
    conversation_id: str
    token: str
    epoch: str
    sent: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """What opens the conversation."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        """The conversation's address."""
        return f"/v1/conversations/{self.conversation_id}"

    def post(self, call: str, body: Any = None) -> httpx.Response:
        """Make one of the customer's calls."""
        return self.api.http.post(f"{self.path}/{call}", json=body, headers=self.headers)

    def send(self, text: str, client_msg_id: str | None = None) -> Json:
        """Send a message that must be accepted."""
        name = client_msg_id or f"m-{next(_numbers)}"
        answer = self.post("messages", {"client_msg_id": name, "text": text})
        assert answer.status_code == 202, answer.text
        self.sent.setdefault(name, text)
        accepted: Json = answer.json()
        return accepted

    def press(self, button_id: str) -> Json:
        """Press a button."""
        answer = self.post("messages", {"client_msg_id": f"m-{next(_numbers)}", "button_id": button_id})
        assert answer.status_code == 202, answer.text
        accepted: Json = answer.json()
        return accepted

    def page(self, **query: Any) -> Json:
        """Read messages."""
        answer = self.api.http.get(f"{self.path}/messages", params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        page: Json = answer.json()
        return page

    def lines(self) -> list[tuple[str, str]]:
        """Return (sender, text) of the whole transcript."""
        return [(line["sender"], line["text"]) for line in self.page()["messages"]]

    def said_by(self, sender: str) -> list[str]:
        """Return what one of them has said."""
        return [text for who, text in self.lines() if who == sender]

    def ask(self, text: str) -> list[Json]:
        """Send a message, wait for its outcome, and return the lines that came after it."""
        seq = self.send(text)["seq"]
        self.api.settled()
        lines: list[Json] = self.page(after=seq)["messages"]
        return lines

    def outcomes(self) -> list[str | None]:
        """Return the outcome of each of the customer's messages, in order."""
        query = select(Message.outcome).where(
            Message.conversation_id == self.conversation_id, Message.sender == "customer"
        )
        return self.api.store.read_sync(lambda s: list(s.scalars(query.order_by(Message.seq))))

    def row(self) -> Conversation:
        """Return the conversation as the database has it."""
        return self.api.store.read_sync(lambda s: s.get_one(Conversation, self.conversation_id))

    @contextlib.contextmanager
    def chat(self, after: int = 0, epoch: str | None = None, **options: Any) -> Iterator[Chat]:
        """Open a socket and say hello."""
        with self.api.socket(**options) as socket:
            chat = Chat(socket)
            chat.say("hello", token=self.token, after=after, epoch=epoch)
            yield chat

    def chat_through(self, port: int) -> contextlib.AbstractContextManager[Chat]:
        """Open a socket through a proxy."""
        return self.chat(port=port)


class Chat:
    """A socket, a customer's or an agent's, with every frame it got."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Json] = []

    def say(self, type_: str, **fields: Any) -> None:
        """Send a frame."""
        self.socket.send(json.dumps({"type": type_, **fields}))

    def hear(self, type_: str, timeout_s: float = 15.0, **fields: Any) -> Json:
        """Return the next frame of this type and with these fields; frames before it are kept in `frames`."""
        deadline = time.monotonic() + timeout_s
        while True:
            frame: Json = json.loads(self.socket.recv(timeout=max(0.01, deadline - time.monotonic())))
            self.frames.append(frame)
            if frame["type"] == type_ and all(frame.get(name) == value for name, value in fields.items()):
                return frame

    def lines(self) -> list[Json]:
        """Return the message frames heard so far."""
        return [frame for frame in self.frames if frame["type"] == "message"]


def open_rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Inbox).where(Inbox.done_at.is_(None))) or 0


def check_standing(store: Store, acked: Sequence[tuple[str, str, str]] = ()) -> None:
    """Check I1 to I5 on a settled database.

    Args:
        store: where.
        acked: (conversation_id, client_msg_id, text) of every message a customer was told is stored.
    """
    store.read_sync(lambda s: _check(s, acked))


def _check(session: Session, acked: Sequence[tuple[str, str, str]]) -> None:
    for conversation_id, client_msg_id, text in acked:  # I1: once, with its first text
        query = select(Message.text).where(
            Message.conversation_id == conversation_id, Message.client_msg_id == client_msg_id
        )
        assert list(session.scalars(query)) == [text]
    for conversation in session.scalars(select(Conversation)):
        lines = session.scalars(
            select(Message).where(Message.conversation_id == conversation.id).order_by(Message.seq)
        ).all()
        assert [line.seq for line in lines] == list(range(1, len(lines) + 1))  # I2: no gap
        assert all(line.text.strip() for line in lines)  # I3: none is empty
        for line in lines:
            assert line.sender != "customer" or line.outcome is not None, "I3: a message without an outcome"
        _check_silence(lines)
        turns = session.scalars(select(Turn).where(Turn.conversation_id == conversation.id)).all()
        assert not [turn for turn in turns if turn.state == "running"]  # I5: nothing is left running
        assert len({turn.fence for turn in turns}) == len(turns)
        place = {line.id: line.seq for line in lines}
        worked_off = [place[turn.message_id] for turn in sorted(turns, key=lambda turn: turn.fence)]
        assert worked_off == sorted(worked_off), "I5: one after another, in the order they were sent"
        done = sorted(turn.number for turn in turns if turn.state == "done")
        assert done == list(range(1, len(done) + 1)), "I5: each number once"


OWNER_AFTER = {
    "queue.entered": "people",
    "queue.reopened": "people",
    "queue.returned": "people",
    "agent.joined": "people",
    "agent.closed": "people",
    "queue.left": "bot",
    "agent.to_bot": "bot",
}


def _check_silence(lines: Sequence[Message]) -> None:
    """I3 and I4: whoever owned the chat is read from its own system lines; bot lines appear only while the bot did."""
    owner = "bot"
    answered: dict[str, int] = {}
    for line in lines:
        owner = OWNER_AFTER.get(line.notice or "", owner)
        if line.sender == "customer" and line.outcome not in {"queue", "agent"}:
            owner = "bot"  # a closed chat that the bot reopened
            answered[line.id] = 0
        assert line.sender != "bot" or owner == "bot", f"I4: the bot spoke at {line.seq}"
