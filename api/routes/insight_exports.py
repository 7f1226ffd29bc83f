"""Everything that is stored of conversations, for other programs and for spreadsheets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.conversations.owners import Owner
from api.dependencies import ClockDep, StoreDep
from api.insight.export import Format, Wanted, exported
from api.insight.period import Period
from api.routes.insight import PeriodDep
from api.security.audit import record_audit
from api.security.callers import AdminCaller

router = APIRouter(prefix="/v1/insight/exports", tags=["insight"])

Masked = Annotated[bool, Query(description="Personal data masked or left out; false is noted in the audit log.")]
Reason = Annotated[str | None, Query(max_length=60, description="Only chats handed over for this reason code.")]


@router.get("/conversations.jsonl")
async def jsonl(
    caller: AdminCaller, store: StoreDep, clock: ClockDep, period: PeriodDep, owner: Owner | None = None,
    reason: Reason = None, masked: Masked = True,
) -> StreamingResponse:  # fmt: skip
    """Export conversations, one JSON object in each line: lines, turns, suggestions, feedback, labels, hand-offs."""
    wanted = Wanted(period, owner, reason, masked)
    return await _export(caller, store, clock, wanted, "jsonl")


@router.get("/conversations.csv")
async def conversations_csv(
    caller: AdminCaller, store: StoreDep, clock: ClockDep, period: PeriodDep, owner: Owner | None = None,
    reason: Reason = None, masked: Masked = True,
) -> StreamingResponse:  # fmt: skip
    """Export conversations as a table, one line each; no cell is a formula."""
    return await _export(caller, store, clock, Wanted(period, owner, reason, masked), "conversations")


@router.get("/messages.csv")
async def messages_csv(
    caller: AdminCaller, store: StoreDep, clock: ClockDep, period: PeriodDep, owner: Owner | None = None,
    reason: Reason = None, masked: Masked = True,
) -> StreamingResponse:  # fmt: skip
    """Export messages as a table, one line each; no cell is a formula."""
    return await _export(caller, store, clock, Wanted(period, owner, reason, masked), "messages")


async def _export(
    caller: AdminCaller, store: StoreDep, clock: ClockDep, wanted: Wanted, form: Format
) -> StreamingResponse:
    now = clock.now()
    details: dict[str, str | int | bool | None] = {
        "form": form, "first": wanted.period.first.isoformat(), "last": wanted.period.last.isoformat(),
        "owner": wanted.owner, "reason": wanted.reason, "masked": wanted.mask,
    }  # fmt: skip
    await store.write(lambda session: record_audit(session, caller.actor, "export", at=now, details=details))
    kind = "application/jsonl" if form == "jsonl" else "text/csv"
    headers = {"Content-Disposition": f'attachment; filename="{_name(wanted.period, form)}"'}
    pieces = exported(store, wanted, form, now=now)
    return StreamingResponse(pieces, media_type=f"{kind}; charset=utf-8", headers=headers)


def _name(period: Period, form: Format) -> str:
    kind, end = ("conversations", "jsonl") if form == "jsonl" else (form, "csv")
    return f"{kind}-{period.first}-to-{period.last}.{end}"
