"""Logging in and out, and who one is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, SettingsDep, StoreDep
from api.errors import ApiError
from api.schemas.people import AgentView, LoggedIn, LogIn, PasswordChange
from api.security.accounts import SESSION_LIFE, create_session, revoke_session, set_password
from api.security.addresses import AddressDep
from api.security.audit import record_audit
from api.security.callers import AgentCaller, check_origin, cookie_name
from api.security.log_in import Attempt, log_in
from api.security.passwords import PasswordRefused, check_password, hash_aside, verify_aside
from api.settings import Settings
from api.store.tables import Agent
from api.strings.catalogue import say

router = APIRouter(prefix="/v1", tags=["people"])


@router.post("/sessions", status_code=201)
async def begin_session(
    body: LogIn,
    request: Request,
    response: Response,
    store: StoreDep,
    clock: ClockDep,
    settings: SettingsDep,
    address: AddressDep,
) -> LoggedIn:
    """Log in with e-mail and password; the answer sets the session cookie."""
    if request.headers.get("origin") is not None:
        check_origin(request)
    attempt = Attempt(
        account=body.email.strip().casefold(),
        password=body.password,
        address=address,
        old_session=request.cookies.get(cookie_name(settings)),
    )
    agent, token = await log_in(store, attempt, now=clock.now())
    set_session_cookie(response, token, settings)
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

    stored = await store.read(lambda session: session.get_one(Agent, caller.agent_id).password_hash)
    if not stored or not await verify_aside(body.current, stored):
        raise ApiError(403, "wrong_credentials", say("people.wrong_current_password"))
    try:
        check_password(body.password)
    except PasswordRefused as refused:
        raise ApiError(422, "password_refused", str(refused)) from refused
    hashed = await hash_aside(body.password)

    def replace(session: Session) -> str:
        agent = session.get_one(Agent, caller.agent_id)
        set_password(session, agent, hashed, by=caller.actor, now=now)
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
