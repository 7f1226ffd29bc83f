"""What is said about agents, their log-ins and their accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.security.callers import Staff
from api.store.tables import Agent

Password = Annotated[str, Field(min_length=1, max_length=1000)]
Email = Annotated[str, Field(min_length=3, max_length=254)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Department = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Role = Literal["agent", "admin"]


class Request(BaseModel):
    """A body somebody sends us: unknown fields are a mistake, and said to be one."""

    model_config = ConfigDict(extra="forbid")


class LogIn(Request):
    """Who wants to log in."""

    email: Email
    password: Password


class FirstAdmin(Request):
    """The first administrator, by the one-time link."""

    token: Annotated[str, Field(min_length=1, max_length=200)]
    name: Name
    email: Email
    password: Password


class NewAgent(Request):
    """A person to be added."""

    name: Name
    email: Email
    password: Password
    role: Role = "agent"
    departments: Annotated[tuple[Department, ...], Field(max_length=50)] = ()


class AgentChange(Request):
    """What to change about an agent; what is left out stays."""

    name: Name | None = None
    role: Role | None = None
    departments: Annotated[tuple[Department, ...], Field(max_length=50)] | None = None
    disabled: bool | None = None
    password: Password | None = None


class PasswordChange(Request):
    """An agent's own new password, with the one it replaces."""

    current: Password
    password: Password


class AgentView(BaseModel):
    """An agent as others see one."""

    agent_id: str
    name: str
    email: str | None
    role: Role
    departments: list[str]

    @classmethod
    def of(cls, staff: Staff | Agent) -> AgentView:
        """Show a caller or a row."""
        agent_id = staff.agent_id if isinstance(staff, Staff) else staff.id
        return cls(
            agent_id=agent_id,
            name=staff.name,
            email=staff.email,
            role="admin" if staff.role == "admin" else "agent",
            departments=list(staff.departments or ()),
        )


class LoggedIn(BaseModel):
    """Who has just logged in; the cookie travels in a header."""

    agent: AgentView


class AgentRow(AgentView):
    """An agent in the administrators' list."""

    disabled: bool
    present: bool  # connected to the desk now
    created_at: datetime
    last_seen_at: datetime | None


class AgentList(BaseModel):
    """Every agent, by name."""

    agents: list[AgentRow]
