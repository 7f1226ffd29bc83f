"""Who works here: the administrators' list of agents."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, StoreDep
from api.desk.presence import is_present
from api.desk.removal import change_agent
from api.errors import ApiError
from api.schemas.people import AgentChange, AgentList, AgentRow, AgentView, NewAgent
from api.security.accounts import AccountRefused, NewAccount, create_account
from api.security.callers import AdminCaller
from api.security.passwords import PasswordRefused, hash_aside
from api.store.tables import Agent

router = APIRouter(prefix="/v1/agents", tags=["people"])


@router.get("")
async def list_agents(_: AdminCaller, store: StoreDep, clock: ClockDep) -> AgentList:
    """List every agent, by name."""
    agents = await store.read(lambda session: session.scalars(select(Agent).order_by(Agent.name, Agent.id)).all())
    return AgentList(agents=[_row(agent, clock.now()) for agent in agents])


@router.post("", status_code=201)
async def add_agent(body: NewAgent, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> AgentRow:
    """Add a person who can log in."""
    now = clock.now()
    account = NewAccount(
        name=body.name,
        email=body.email,
        password=body.password,
        role=body.role,
        departments=tuple(dict.fromkeys(body.departments)),
        password_hash=await hash_aside(body.password),
    )
    try:
        agent = await store.write(lambda session: create_account(session, account, by=caller.actor, now=now))
    except (AccountRefused, PasswordRefused) as refused:
        raise ApiError(422, "account_refused", str(refused)) from refused
    return _row(agent, now)


@router.patch("/{agent_id}")
async def change(agent_id: str, body: AgentChange, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> AgentRow:
    """Change an agent; disabling one logs them out everywhere and puts their open chats back in the queue."""
    now = clock.now()
    hashed = await hash_aside(body.password) if body.password is not None else None

    def apply(session: Session) -> Agent:
        return change_agent(session, agent_id, body, password_hash=hashed, by=caller, now=now)

    try:
        return _row(await store.write(apply), now)
    except (AccountRefused, PasswordRefused) as refused:
        raise ApiError(422, "account_refused", str(refused)) from refused


def _row(agent: Agent, now: datetime) -> AgentRow:
    return AgentRow(
        **AgentView.of(agent).model_dump(),
        disabled=agent.disabled_at is not None,
        present=is_present(agent, now),
        created_at=agent.created_at,
        last_seen_at=agent.last_seen_at,
    )
