"""The review list, labels and intents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, StoreDep
from api.desk.pages import PageEnd, page_end
from api.errors import ApiError, not_found
from api.review.candidates import ReviewReason, candidates
from api.review.labels import Meaning, label_message
from api.schemas.review import (
    IntentList,
    IntentView,
    LabelStored,
    LabelView,
    NewIntent,
    NewLabel,
    ReviewList,
    ReviewRow,
)
from api.security.audit import record_audit
from api.security.callers import AdminCaller
from api.store.tables import Intent, TrainingExample
from api.strings.catalogue import say

router = APIRouter(prefix="/v1", tags=["review"])


@router.get("/review")
async def review(
    _: AdminCaller,
    store: StoreDep,
    reason: ReviewReason | None = None,
    labelled: bool = False,
    before: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReviewList:
    """List messages that were not understood well, whose answer was rejected, or that led to a hand-off."""
    end = page_end(before)

    def read(session: Session) -> ReviewList:
        found = candidates(session, reason=reason, labelled=labelled, before=end, limit=limit)
        rows = [ReviewRow.of(one) for one in found]
        more = len(rows) == limit
        last = str(PageEnd(rows[-1].created_at, rows[-1].message_id)) if more else None
        return ReviewList(messages=rows, next_before=last)

    return await store.read(read)


@router.post("/labels", status_code=201)
async def label(body: NewLabel, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> LabelStored:
    """Say what a message means; the next training or index learns from it."""
    now = clock.now()
    meaning = Meaning(body.intent, body.article_id, body.verdict)

    def store_label(session: Session) -> LabelStored:
        learnt = label_message(session, body.message_id, meaning, agent_id=caller.agent_id, now=now)
        return LabelStored(
            **LabelView.of(learnt.label).model_dump(),
            message_id=body.message_id,
            training_example_id=learnt.training_example_id,
            article_version=learnt.article_version,
        )

    return await store.write(store_label)


@router.get("/intents")
async def list_intents(_: AdminCaller, store: StoreDep) -> IntentList:
    """List every intent with its outcome and how many examples it has."""

    def read(session: Session) -> IntentList:
        counted = select(TrainingExample.intent, func.count()).where(TrainingExample.deleted_at.is_(None))
        counts = {row[0]: row[1] for row in session.execute(counted.group_by(TrainingExample.intent))}
        rows = session.scalars(select(Intent).where(Intent.deleted_at.is_(None)).order_by(Intent.name))
        return IntentList(intents=[_view(row, counts.get(row.name, 0)) for row in rows])

    return await store.read(read)


@router.post("/intents", status_code=201)
async def add_intent(body: NewIntent, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> IntentView:
    """Add an intent, to label messages to."""
    now = clock.now()

    def add(session: Session) -> IntentView:
        row = session.get(Intent, body.name)
        if row is not None and row.deleted_at is None:
            raise ApiError(409, "intent_exists", say("review.intent_exists"))
        if row is None:
            row = Intent(name=body.name, created_at=now)
            session.add(row)
        row.outcome, row.target, row.cut_off, row.description = (
            body.outcome,
            body.target,
            body.cut_off,
            body.description,
        )
        row.deleted_at = None
        record_audit(session, caller.actor, "add_intent", at=now, subject=body.name)
        return _view(row, 0)

    return await store.write(add)


@router.delete("/intents/{name}", status_code=204)
async def remove_intent(name: str, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> None:
    """Take an intent out of the next training."""
    now = clock.now()

    def remove(session: Session) -> None:
        row = session.get(Intent, name)
        if row is None or row.deleted_at is not None:
            raise not_found("This intent")
        row.deleted_at = now
        record_audit(session, caller.actor, "remove_intent", at=now, subject=name)

    await store.write(remove)


def _view(row: Intent, examples: int) -> IntentView:
    return IntentView.model_validate(
        {
            "name": row.name,
            "outcome": row.outcome,
            "target": row.target,
            "cut_off": row.cut_off,
            "description": row.description,
            "examples": examples,
        }
    )
