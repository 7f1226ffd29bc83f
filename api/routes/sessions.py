"""Logging in and out, and who one is."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, SettingsDep, StoreDep
from api.errors import ApiError
from api.schemas.people import AgentView, LoggedIn, LogIn, PasswordChange
from api.security.accounts import SESSION_LIFE, create_session, revoke_session, set_password
from api.security.audit import record_audit
from api.security.callers import AgentCaller, check_origin, cookie_name
from api.security.passwords import PasswordRefused, decoy_hash, hash_password, needs_rehash, verify_password
from api.security.throttle import begin_attempt
from api.security.tokens import token_hash
from api.settings import Settings
from api.store.tables import Agent, LoginAttempt
from api.strings.catalogue import say

router = APIRouter(prefix="/v1", tags=["people"])


@router.post("/sessions", status_code=201)
async def log_in(
    body: LogIn, request: Request, response: Response, store: StoreDep, clock: ClockDep, settings: SettingsDep
) -> LoggedIn:
    """Log in with e-mail and password; the answer sets the session cookie."""
    if request.headers.get("origin") is not None:
        check_origin(request)
    now, account = clock.now(), body.email.strip().casefold()
    address = request.client.host if request.client else "unknown"
    attempt = await store.write(lambda session: begin_attempt(session, account, address, now))
    if attempt is None:
        raise _too_many()
    agent = await store.read(lambda session: _account(session, account))
    stored = agent.password_hash if agent is not None and agent.password_hash else decoy_hash()
    matches = await store.read(lambda _: verify_password(body.password, stored))
    if agent is None or not agent.password_hash or not matches:
        await store.write(lambda session: _note_refusal(session, agent, now))
        raise ApiError(401, "wrong_credentials", say("people.wrong_credentials"))
    better = hash_password(body.password) if needs_rehash(stored) else None
    old = request.cookies.get(cookie_name(settings))
    attempt_id, agent_id = attempt.id, agent.id

    def begin_session(session: Session) -> str:
        if old:  # whatever session this browser had, ours or planted, is not carried over
            revoke_session(session, token_hash(old), now=now)
        account_row = session.get_one(Agent, agent_id)
        account_row.password_hash = better or account_row.password_hash
        session.get_one(LoginAttempt, attempt_id).successful = True
        return create_session(session, account_row, now=now)

    set_session_cookie(response, await store.write(begin_session), settings)
    return LoggedIn(agent=AgentView.of(agent))


@router.delete("/sessions/current", status_code=204)
async def log_out(
    caller: AgentCaller, response: Response, store: StoreDep, clock: ClockDep, settings: SettingsDep
) -> None:
    """End this log-in; its cookie is worthless from now on."""
    now = clock.now()

    def end_session(session: Session) -> None:
        revoke_session(session, caller.credential, now=now)
        record_audit(session, caller.actor, "log_out", at=now, subject=caller.agent_id)

    await store.write(end_session)
    response.delete_cookie(
        cookie_name(settings), path="/", secure=settings.secure_cookies, httponly=True, samesite="lax"
    )


@router.get("/me")
async def me(caller: AgentCaller) -> AgentView:
    """Say who is calling."""
    return AgentView.of(caller)


@router.put("/me/password", status_code=204)
async def change_password(
    body: PasswordChange,
    caller: AgentCaller,
    response: Response,
    store: StoreDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> None:
    """Replace one's own password; every other log-in ends, this one goes on under a new cookie."""
    now = clock.now()

    def replace(session: Session) -> str:
        agent = session.get_one(Agent, caller.agent_id)
        if not agent.password_hash or not verify_password(body.current, agent.password_hash):
            raise ApiError(403, "wrong_credentials", say("people.wrong_current_password"))
        try:
            set_password(session, agent, body.password, by=caller.actor, now=now)
        except PasswordRefused as refused:
            raise ApiError(422, "password_refused", str(refused)) from refused
        return create_session(session, agent, now=now)

    set_session_cookie(response, await store.write(replace), settings)


def set_session_cookie(response: Response, token: str, settings: Settings) -> None:
    """Give a browser its session: unreadable to scripts, sent to no other site."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def _account(session: Session, account: str) -> Agent | None:
    return session.scalar(select(Agent).where(Agent.email == account, Agent.disabled_at.is_(None)))


def _note_refusal(session: Session, agent: Agent | None, now: datetime) -> None:
    record_audit(session, "nobody", "log_in", at=now, subject=agent.id if agent else None, successful=False)


def _too_many() -> ApiError:
    return ApiError(429, "too_many_attempts", say("people.too_many_attempts"), headers={"Retry-After": "300"})
