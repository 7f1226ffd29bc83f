"""The first administrator, by the one-time link that the server's owner was shown."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, SettingsDep, StoreDep
from api.errors import ApiError
from api.routes.sessions import set_session_cookie
from api.schemas.people import AgentView, FirstAdmin, LoggedIn
from api.security.accounts import AccountRefused, NewAccount, create_account, create_session, is_live, use_setup_link
from api.security.callers import check_origin
from api.security.passwords import PasswordRefused, hash_aside
from api.store.tables import Agent
from api.strings.catalogue import say

router = APIRouter(prefix="/v1", tags=["people"])


@router.post("/setup", status_code=201)
async def set_up(
    body: FirstAdmin, request: Request, response: Response, store: StoreDep, clock: ClockDep, settings: SettingsDep
) -> LoggedIn:
    """Make an administrator and log them in; a link works once and within its hour."""
    if request.headers.get("origin") is not None:
        check_origin(request)
    now = clock.now()
    if not await store.read(lambda session: is_live(session, body.token, now=now)):
        raise _refused()
    hashed = await hash_aside(body.password)

    def create(session: Session) -> tuple[Agent, str]:
        if not use_setup_link(session, body.token, now=now):
            raise _refused()  # somebody else was quicker
        account = NewAccount(body.name, body.email, body.password, role="admin", password_hash=hashed)
        agent = create_account(session, account, by="setup", now=now)
        return agent, create_session(session, agent, now=now)

    try:
        agent, token = await store.write(create)
    except (AccountRefused, PasswordRefused) as refused:  # nothing was written, so the link still works
        raise ApiError(422, "account_refused", str(refused)) from refused
    set_session_cookie(response, token, settings)
    return LoggedIn(agent=AgentView.of(agent))


def _refused() -> ApiError:
    return ApiError(401, "link_refused", say("people.link_refused"))
