"""The audit log for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import StoreDep
from api.schemas.privacy import AuditChecked, AuditLine, AuditLines
from api.security.audit import check_chain, newest_lines
from api.security.callers import AdminCaller
from api.store.tables import Agent

router = APIRouter(prefix="/v1/audit", tags=["administration"])


@router.get("")
async def list_lines(
    _: AdminCaller,
    store: StoreDep,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    action: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditLines:
    """List who did what, newest first."""

    def read(session: Session) -> AuditLines:
        rows = newest_lines(session, limit=limit, before=before, action=action)
        names = {row.id: row.name for row in session.execute(select(Agent.id, Agent.name))}
        more = rows[-1].id if len(rows) == limit else None
        return AuditLines(lines=[AuditLine.of(row, names) for row in rows], next_before=more)

    return await store.read(read)


@router.get("/check")
async def check(_: AdminCaller, store: StoreDep) -> AuditChecked:
    """Follow the chain of hashes: whether every line is as it was written."""
    chain = await store.read(check_chain)
    return AuditChecked(lines=chain.lines, head=chain.head, damaged=chain.damaged)
