"""What is kept about customers, and the audit log, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, StringConstraints

from api.privacy.subjects import Subject, Wanted
from api.schemas.people import Request
from api.store.tables import Audit

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]
Ids = Annotated[list[Annotated[str, Field(max_length=22)]], Field(max_length=1_000)]


class CustomerWanted(Request):
    """What is known of a customer; sent in a body, so that it is in no address and no log."""

    email: Word | None = None
    phone: Word | None = None
    customer_id: Word | None = None
    conversation_ids: Ids = Field(default_factory=list)

    @property
    def wanted(self) -> Wanted:
        """What to look for."""
        return Wanted(self.email, self.phone, self.customer_id, tuple(self.conversation_ids))


class CustomerFound(BaseModel):
    """Whose conversations these are, and how many rows are kept of them by table."""

    conversation_ids: list[str]
    verified_ids: list[str]
    names: list[str]
    mentioned_in: list[str]
    held: dict[str, int]

    @classmethod
    def of(cls, subject: Subject, held: dict[str, int]) -> Self:
        """Show a customer."""
        return cls(
            conversation_ids=list(subject.conversation_ids),
            verified_ids=list(subject.verified_ids),
            names=list(subject.names),
            mentioned_in=list(subject.mentioned_in),
            held=held,
        )


class Erasing(Request):
    """The conversations to erase, as the search named them."""

    conversation_ids: Annotated[Ids, Field(min_length=1)]


class ReceiptList(BaseModel):
    """Receipts of erasures, newest first."""

    receipts: list[dict[str, Any]]


class Term(BaseModel):
    """How long one kind is kept, and how much of it is past that now."""

    kind: str
    days: int | None = Field(description="0: for ever; null: no term of its own")
    due: int


class Terms(BaseModel):
    """What is kept how long."""

    terms: list[Term]


class AuditLine(BaseModel):
    """Who did what, when and with which end."""

    id: int
    at: datetime
    actor: str
    name: str | None
    action: str
    subject: str | None
    successful: bool
    details: dict[str, Any]

    @classmethod
    def of(cls, line: Audit, names: dict[str, str]) -> Self:
        """Show a line; `names` are those of agents by id."""
        kind, _, agent_id = line.actor.partition(":")
        return cls(
            id=line.id,
            at=line.at,
            actor=line.actor,
            name=names.get(agent_id) if kind == "agent" else None,
            action=line.action,
            subject=line.subject,
            successful=line.successful,
            details=line.details or {},
        )


class AuditLines(BaseModel):
    """Lines of the log, newest first."""

    lines: list[AuditLine]
    next_before: int | None


class AuditChecked(BaseModel):
    """Whether every line is as it was written."""

    lines: int
    head: str
    damaged: int | None = Field(description="the first line that was changed, or null")
