"""A running API with people in it, for the tests of the people's side: everything real but Rasa and the search."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import WebSocketTestSession

from api.company import Company
from api.conversations.ownership import PersonRequest, request_person
from api.conversations.transcript import append, locked
from api.desk.sweeper import Sweeper
from api.security.accounts import NewAccount, create_account, create_token
from api.security.secrets import Secrets
from api.security.tokens import new_token, token_hash
from api.settings import Settings
from api.store.database import Store
from api.store.tables import Agent, Conversation, KnowledgeBase, Message, Suggestion, SuggestionSet, Turn
from tests.desk.world import COMPANY, EmptySearch, MovableClock, open_application

T = TypeVar("T")
ORIGIN = "http://localhost:8000"
PASSWORD = "a patient password"
Role = Literal["agent", "admin"]


@dataclass(frozen=True)
class Person:
    """Somebody who works here, with a token of their own."""

    agent_id: str
    name: str
    email: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Guest:
    """A customer with a conversation."""

    conversation_id: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return f"/v1/conversations/{self.conversation_id}"


@dataclass
class Office:
    """The API over a fresh database; its helpers write what other parts of the service would have written."""

    client: TestClient
    store: Store
    clock: MovableClock
    settings: Settings
    secrets: Secrets
    search: EmptySearch
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def write(self, work: Callable[[Session], T]) -> T:
        return self.store.write_sync(work)

    def read(self, work: Callable[[Session], T]) -> T:
        return self.store.read_sync(work)

    def person(self, role: Role = "agent", *, departments: Sequence[str] = (), name: str | None = None) -> Person:
        """Add somebody with an account and an API token."""
        number = next(self.numbers)
        shown = name or f"{role.capitalize()} {number}"
        email = f"{role}{number}@tarnwick.example"

        def add(session: Session) -> Person:
            token = create_token(session, role, name=shown, now=self.clock.now())
            session.flush()
            [agent] = [row for row in session.query(Agent) if row.name == shown and row.email is None]
            agent.departments = list(departments)
            agent.email = email
            return Person(agent.id, shown, email, {"Authorization": f"Bearer {token}"})

        return self.write(add)

    def account(self, role: Role = "agent", *, email: str = "ada@tarnwick.example") -> str:
        """Add somebody who logs in with `PASSWORD`; return their id."""
        account = NewAccount(name="Ada", email=email, password=PASSWORD, role=role)
        return self.write(lambda session: create_account(session, account, by="cli", now=self.clock.now()).id)

    def guest(self, *, department: str | None = None, name: str | None = "Guest", **columns: Any) -> Guest:
        """Open a conversation."""
        token, now = new_token("chat"), self.clock.now()

        def add(session: Session) -> str:
            conversation = Conversation(
                department=department,
                token_hash=token_hash(token),
                token_expires_at=now + timedelta(days=400),
                customer_name=name,
                created_at=now,
                last_message_at=now,
                **columns,
            )
            session.add(conversation)
            session.flush()
            return conversation.id

        return Guest(self.write(add), {"Authorization": f"Bearer {token}"})

    def says(self, guest: Guest, text: str, *, sender: str = "customer", **columns: Any) -> str:
        """Add a line to a conversation; return its message id."""
        self.clock.advance(1)

        def add(session: Session) -> str:
            line = Message(sender=sender, text=text, created_at=self.clock.now(), **columns)
            return append(session, locked(session, guest.conversation_id), line).id

        return self.write(add)

    def understood(self, guest: Guest, message_id: str, **columns: Any) -> str:
        """Add the bot's finished turn over a message; return its id."""

        def add(session: Session) -> str:
            conversation = locked(session, guest.conversation_id)
            conversation.turns += 1
            turn = Turn(
                conversation_id=guest.conversation_id,
                message_id=message_id,
                number=conversation.turns,
                state="done",
                fence=1,
                owner_version=conversation.owner_version,
                started_at=self.clock.now(),
                **{"mode": "reply", "model_version": "m1", **columns},
            )
            session.add(turn)
            session.flush()
            return turn.id

        return self.write(add)

    def found(self, guest: Guest, message_id: str, *articles: str, confidence: float = 0.8) -> list[str]:
        """Add the suggestion set of a message; return its suggestions' ids, best first."""

        def add(session: Session) -> list[str]:
            found = SuggestionSet(
                message_id=message_id,
                conversation_id=guest.conversation_id,
                kb="main",
                question="?",
                kb_version="kb1",
                model_version="e1",
                decision="answer",
                confidence=confidence,
                created_at=self.clock.now(),
            )
            session.add(found)
            session.flush()
            rows = [
                Suggestion(
                    suggestion_set_id=found.id,
                    rank=rank,
                    article_id=article,
                    title=article.title(),
                    answer=f"About {article}.",
                    passage=f"All about {article}.",
                    similarity=0.9 - rank / 10,
                    confidence=confidence,
                )
                for rank, article in enumerate(articles)
            ]
            session.add_all(rows)
            session.flush()
            return [row.id for row in rows]

        return self.write(add)

    def waits(self, guest: Guest, *reasons: str, **request: Any) -> None:
        """Put a conversation into the queue."""
        self.clock.advance(1)
        asked = PersonRequest(reason_codes=reasons or ("person_requested",), **request)
        now = self.clock.now()
        self.write(
            lambda session: request_person(session, guest.conversation_id, asked, availability="We are in.", at=now)
        )

    def sweep(self) -> None:
        """Do at once what the sweeper does every few seconds."""
        state = self.client.app.state  # type: ignore[attr-defined]
        sweeper = Sweeper(self.store, state.company, state.people.sentence, self.clock)
        assert self.client.portal is not None
        self.client.portal.call(sweeper.sweep)

    def owner(self, guest: Guest) -> str:
        """Return who owns a conversation."""
        return self.read(lambda session: session.get_one(Conversation, guest.conversation_id)).owner

    def notices(self, guest: Guest) -> list[str]:
        """Return the lines in which the service itself spoke, by their occasion."""
        lines = select(Message.notice).where(
            Message.conversation_id == guest.conversation_id, Message.sender == "system"
        )
        return [notice or "" for notice in self.read(lambda s: s.scalars(lines.order_by(Message.seq)).all())]

    @contextmanager
    def socket(self, path: str, headers: Mapping[str, str]) -> Iterator[WebSocketTestSession]:
        """Open a WebSocket on the host that session cookies belong to."""
        # The test client cancels the application when it leaves; whatever that interrupts is not the service's fault.
        address = f"ws://localhost:8000{path}"
        with suppress(CancelledError), self.client.websocket_connect(address, headers=dict(headers)) as socket:
            yield socket

    def article(self, article_id: str, body: str = "# About\n\nWhat it says.", **fields: Any) -> None:
        """Write an article as an administrator would."""
        admin = self.person("admin")
        text = {"title": article_id.title(), "body": body, **fields}
        answer = self.client.put(f"/v1/articles/{article_id}", json=text, headers=admin.headers)
        assert answer.status_code == 200, answer.text


@contextmanager
def open_office(folder: Path, *, company: Company = COMPANY, **settings: Any) -> Iterator[Office]:
    """Start the API over a fresh database in `folder`."""
    clock = MovableClock(datetime(2026, 5, 5, 10, 0, tzinfo=UTC))  # a Tuesday morning
    search = EmptySearch()
    app, store, secrets, chosen = open_application(folder, clock, search, company, settings)
    now = clock.now()
    store.write_sync(lambda session: session.merge(KnowledgeBase(slug="main", name="Main", created_at=now)))
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield Office(client, store, clock, chosen, secrets, search)
    store.close()
