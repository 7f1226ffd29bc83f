"""What is kept about customers: finding it, giving it out, erasing it, and the terms of all of it."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, SettingsDep, StoreDep
from api.errors import ApiError, not_found
from api.privacy.export import export_customer
from api.privacy.holdings import held_about
from api.privacy.receipts import receipts
from api.privacy.subjects import NobodyNamed, Subject, Wanted, find_subject
from api.processes.places import Places
from api.schemas.privacy import CustomerFound, CustomerWanted, Erasing, ReceiptList, Term, Terms
from api.schemas.training import JobQueued
from api.security.callers import AdminCaller
from api.strings.catalogue import say
from api.worker.jobs import enqueue
from api.worker.retention import due
from api.worker.workshop import Workshop

router = APIRouter(prefix="/v1/privacy", tags=["administration"])


@router.post("/customers")
async def find_customer(body: CustomerWanted, _: AdminCaller, store: StoreDep) -> CustomerFound:
    """Say which conversations are a customer's and what is kept of them."""

    def read(session: Session) -> CustomerFound:
        subject = _found(session, body.wanted)
        held = held_about(session, subject.conversation_ids)
        return CustomerFound.of(subject, {table: len(rows) for table, rows in held.items() if rows})

    return await store.read(read)


@router.post("/exports", response_class=Response)
async def export(body: CustomerWanted, admin: AdminCaller, store: StoreDep, clock: ClockDep) -> Response:
    """Return everything held about one customer as a zip."""

    def write(session: Session) -> bytes:
        subject = _found(session, body.wanted)
        if not subject.conversation_ids:
            raise not_found("This customer")
        return export_customer(session, subject, by=admin.actor, now=clock.now())

    headers = {"Content-Disposition": 'attachment; filename="customer.zip"', "Cache-Control": "no-store"}
    return Response(await store.write(write), media_type="application/zip", headers=headers)


@router.post("/erasures", status_code=202)
async def erase(body: Erasing, admin: AdminCaller, store: StoreDep, clock: ClockDep) -> JobQueued:
    """Queue the erasure of conversations; it cannot be undone."""

    def queue(session: Session) -> str:
        subject = find_subject(session, Wanted(conversation_ids=tuple(body.conversation_ids)))
        missing = set(body.conversation_ids) - set(subject.conversation_ids)
        if missing:
            raise not_found("This conversation")
        wanted = {"conversation_ids": list(subject.conversation_ids)}
        return enqueue(session, "erase", wanted, requested_by=admin.actor, now=clock.now())

    return JobQueued(job_id=await store.write(queue))


@router.get("/receipts")
async def list_receipts(_: AdminCaller, settings: SettingsDep) -> ReceiptList:
    """List the receipts of erasures whose signature is ours."""
    found = await run_in_threadpool(receipts, Places.of(settings))
    return ReceiptList(receipts=[dict(one) for one in found])


@router.get("/terms")
async def list_terms(_: AdminCaller, store: StoreDep, settings: SettingsDep, clock: ClockDep) -> Terms:
    """Say how long each kind is kept and how much of it the next retention removes."""
    found = await run_in_threadpool(due, Workshop(settings, Places.of(settings), store, clock))
    return Terms(terms=[Term(kind=one.kind, days=one.days, due=one.count) for one in found])


def _found(session: Session, wanted: Wanted) -> Subject:
    try:
        return find_subject(session, wanted)
    except NobodyNamed as error:
        raise ApiError(422, "nobody_named", say("privacy.nobody_named")) from error
