"""Who is calling: one dependency per kind of caller, so that a route's signature says who may call it.

A request carries one credential: `Authorization: Bearer` (a customer's conversation token, an API token, or the
internal secret), else the session cookie. A wrong credential is 401 and is never tried as something else; a right one
of the wrong kind is 403; an id the caller may not see is 404, as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, cast

from fastapi import Depends, Path
from sqlalchemy import select, update
from sqlalchemy.orm import Session as Transaction
from starlette.requests import HTTPConnection

from api.clock import Clock
from api.errors import ApiError, not_found
from api.security.accounts import SESSION_IDLE, Role
from api.security.origins import is_allowed
from api.security.secrets import Secrets
from api.security.tokens import same, token_hash
from api.settings import Settings
from api.store.database import Store
from api.store.tables import Agent, ApiToken, Conversation, Session
from api.strings.catalogue import say

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOUCH_AFTER = timedelta(minutes=5)  # how stale `last_used_at` may be before a request writes it


@dataclass(frozen=True, slots=True)
class Customer:
    """Whoever holds a conversation's token."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class Bot:
    """One of our own processes, by the internal secret."""


@dataclass(frozen=True, slots=True)
class Staff:
    """An agent or an administrator: a person by a session, a program by an API token."""

    agent_id: str
    name: str
    email: str | None
    role: Role
    departments: tuple[str, ...]  # () for all
    by: Literal["session", "token"]
    credential: str  # hash of the session or token, to ask later whether it still holds

    @property
    def actor(self) -> str:
        """How the audit log and feedback name this caller."""
        return f"agent:{self.agent_id}"

    @property
    def is_admin(self) -> bool:
        """Whether this is an administrator."""
        return self.role == "admin"

    def may_see(self, department: str | None) -> bool:
        """Say whether a conversation of this department is this caller's business."""
        return _in_charge(self.role, self.departments, department)


Caller = Customer | Bot | Staff


def unauthorised() -> ApiError:
    """Return the 401 for a missing, unknown, expired or revoked credential."""
    return ApiError(401, "unauthorised", say("people.log_in"), headers={"WWW-Authenticate": "Bearer"})


def forbidden() -> ApiError:
    """Return the 403 for a caller of another kind."""
    return ApiError(403, "forbidden", say("people.not_allowed"))


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name; under https browsers hold a `__Host-` cookie to this host and path."""
    return "__Host-deskmate_session" if settings.secure_cookies else "deskmate_session"


def customer_of(transaction: Transaction, token: str, *, now: datetime) -> Customer | None:
    """Return whose conversation a token opens, or None when it opens none any more."""
    row = transaction.execute(
        select(Conversation.id, Conversation.token_expires_at, Conversation.token_revoked_at).where(
            Conversation.token_hash == token_hash(token)
        )
    ).first()
    if row is None or row.token_revoked_at is not None or row.token_expires_at <= now:
        return None
    return Customer(row.id)


def staff_of_token(transaction: Transaction, stored_hash: str) -> Staff | None:
    """Return whose API token has this hash, or None when it is unknown or revoked, or its agent is disabled."""
    row = transaction.execute(
        select(ApiToken, Agent).join(Agent, Agent.id == ApiToken.agent_id).where(ApiToken.token_hash == stored_hash)
    ).first()
    if row is None or row.ApiToken.revoked_at is not None or row.Agent.disabled_at is not None:
        return None
    return _staff(row.Agent, "token", stored_hash)


def staff_of_session(transaction: Transaction, stored_hash: str, *, now: datetime) -> Staff | None:
    """Return who is logged in by the session of this hash, or None when it has ended or its agent is disabled."""
    row = transaction.execute(
        select(Session, Agent).join(Agent, Agent.id == Session.agent_id).where(Session.token_hash == stored_hash)
    ).first()
    if row is None or row.Session.revoked_at is not None or row.Agent.disabled_at is not None:
        return None
    if row.Session.expires_at <= now or row.Session.last_used_at + SESSION_IDLE <= now:
        return None
    return _staff(row.Agent, "session", stored_hash)


def still_holds(transaction: Transaction, staff: Staff, *, now: datetime) -> Staff | None:
    """Ask again who a caller is, for one that stays connected; None once its credential was taken back."""
    if staff.by == "token":
        return staff_of_token(transaction, staff.credential)
    return staff_of_session(transaction, staff.credential, now=now)


def touch_session(transaction: Transaction, staff: Staff, *, now: datetime) -> None:
    """Note that a session is in use; writes only when the last note is older than five minutes."""
    transaction.execute(
        update(Session)
        .where(Session.token_hash == staff.credential, Session.last_used_at < now - TOUCH_AFTER)
        .values(last_used_at=now)
    )


def identify_bearer(transaction: Transaction, token: str, secrets: Secrets, *, now: datetime) -> Caller | None:
    """Return who a bearer token stands for, or None."""
    if same(token, secrets.internal):
        return Bot()
    return staff_of_token(transaction, token_hash(token)) or customer_of(transaction, token, now=now)


def bearer_token(connection: HTTPConnection) -> str | None:
    """Return the bearer token of a request: "" when its Authorization is something else, None when it has none."""
    header = connection.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


async def identify(connection: HTTPConnection) -> Caller:
    """Return who makes a request.

    Raises:
        ApiError: 401 without a credential that holds; 403 for a cookie sent by a page that may not call us.
    """
    caller = await identify_or_none(connection)
    if caller is None:
        raise unauthorised()
    if isinstance(caller, Staff) and caller.by == "session" and connection.scope.get("method") not in SAFE_METHODS:
        check_origin(connection)
    return caller


async def identify_or_none(connection: HTTPConnection) -> Caller | None:
    """Return who makes a request, or None without a credential that holds."""
    state = connection.app.state
    store, clock = cast(Store, state.store), cast(Clock, state.clock)
    token = bearer_token(connection)
    if token is not None:
        return await store.read(lambda t: identify_bearer(t, token, cast(Secrets, state.secrets), now=clock.now()))
    cookie = connection.cookies.get(cookie_name(state.settings))
    if not cookie:
        return None
    now = clock.now()
    staff, stale = await store.read(lambda t: _staff_and_staleness(t, token_hash(cookie), now))
    if staff is not None and stale:
        await store.write(lambda t: touch_session(t, staff, now=now))
    return staff


def check_origin(connection: HTTPConnection) -> None:
    """Refuse a request whose cookie was sent along by somebody else's page.

    Pages that only carry the widget are somebody else's here. Browsers put an Origin on every request that may change
    something, so a missing one is refused too.

    Raises:
        ApiError: 403, the Origin is missing or not allowed.
    """
    settings = cast(Settings, connection.app.state.settings)
    if not is_allowed(connection.headers.get("origin"), settings.own_origins):
        raise ApiError(403, "origin_refused", say("people.origin_refused"))


async def _staff_only(connection: HTTPConnection) -> Staff:
    caller = await identify(connection)
    if not isinstance(caller, Staff):
        raise forbidden()
    return caller


async def _admin_only(connection: HTTPConnection) -> Staff:
    caller = await _staff_only(connection)
    if not caller.is_admin:
        raise forbidden()
    return caller


async def _agent_or_bot(connection: HTTPConnection) -> Staff | Bot:
    caller = await identify(connection)
    if isinstance(caller, Customer):
        raise forbidden()
    return caller


async def _customer_or_agent(connection: HTTPConnection) -> Customer | Staff:
    caller = await identify(connection)
    if isinstance(caller, Bot):
        raise forbidden()
    return caller


async def _customer_of_path(connection: HTTPConnection, conversation_id: Annotated[str, Path()]) -> Customer:
    caller = await identify(connection)
    if not isinstance(caller, Customer):
        raise forbidden()
    if not same(caller.conversation_id, conversation_id):
        raise not_found("This conversation")
    return caller


AgentCaller = Annotated[Staff, Depends(_staff_only)]
AdminCaller = Annotated[Staff, Depends(_admin_only)]
AgentOrBot = Annotated[Staff | Bot, Depends(_agent_or_bot)]
CustomerOrAgent = Annotated[Customer | Staff, Depends(_customer_or_agent)]
CurrentCustomer = Annotated[Customer, Depends(_customer_of_path)]  # for routes with {conversation_id} in their path


def visible_conversation(transaction: Transaction, caller: Customer | Staff, conversation_id: str) -> Conversation:
    """Return a conversation this caller may see.

    Raises:
        ApiError: 404; it does not exist, is another customer's, or belongs to a department that is not the agent's.
    """
    conversation = transaction.get(Conversation, conversation_id)
    if conversation is None or not _may_see(caller, conversation):
        raise not_found("This conversation")
    return conversation


def _may_see(caller: Customer | Staff, conversation: Conversation) -> bool:
    if isinstance(caller, Customer):
        return same(caller.conversation_id, conversation.id)
    return caller.may_see(conversation.department)


def sees(agent: Agent, department: str | None) -> bool:
    """Say whether a conversation of this department is an agent's business."""
    return _in_charge(agent.role, agent.departments or (), department)


def _in_charge(role: str, departments: Sequence[str], department: str | None) -> bool:
    return role == "admin" or not departments or department is None or department in departments


def _staff(agent: Agent, by: Literal["session", "token"], credential: str) -> Staff:
    role: Role = "admin" if agent.role == "admin" else "agent"
    return Staff(agent.id, agent.name, agent.email, role, tuple(agent.departments or ()), by, credential)


def _staff_and_staleness(transaction: Transaction, stored_hash: str, now: datetime) -> tuple[Staff | None, bool]:
    staff = staff_of_session(transaction, stored_hash, now=now)
    session = transaction.get(Session, stored_hash)
    return staff, session is not None and session.last_used_at < now - TOUCH_AFTER
