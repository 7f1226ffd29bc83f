"""Labelled questions: what search learnt and is measured by, with its history, and the way back."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, StoreDep
from api.errors import ApiError, not_found
from api.review.questions import index_again, remove_question, restore_question, those_taken_out, versions_of
from api.schemas.questions import QuestionRestore, QuestionRow, QuestionRows, QuestionVersions, QuestionVersionView
from api.security.audit import record_audit
from api.security.callers import AdminCaller
from api.store.tables import Agent, LabelledQuestion, QuestionVersion
from api.strings.catalogue import say

router = APIRouter(prefix="/v1", tags=["administration"])
MOST_ROWS = 500

Split = Literal["dev", "test", "taught", "waiting"]


@router.get("/labelled-questions")
async def list_questions(
    _: AdminCaller,
    store: StoreDep,
    kb: Annotated[str, Query(max_length=100)] = "main",
    split: Split | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    taken_out: bool = False,
) -> QuestionRows:
    """List labelled questions, newest first: those that stand, or with `taken_out` those that do no more."""
    table = QuestionVersion if taken_out else LabelledQuestion
    query = those_taken_out(kb) if taken_out else select(LabelledQuestion).where(LabelledQuestion.kb == kb)
    if split is not None:
        query = query.where(table.split == split)
    if q.strip():
        query = query.where(table.text.icontains(q.strip(), autoescape=True))
    name = QuestionVersion.question_id if taken_out else LabelledQuestion.id
    query = query.order_by(table.created_at.desc(), name).limit(MOST_ROWS + 1)

    def read(session: Session) -> QuestionRows:
        rows, names = session.scalars(query).all(), names_of(session)
        shown = [QuestionRow.of_gone(row, names) if taken_out else QuestionRow.of(row) for row in rows[:MOST_ROWS]]
        return QuestionRows(questions=shown, truncated=len(rows) > MOST_ROWS)

    return await store.read(read)


@router.get("/labelled-questions/{question_id}/versions")
async def question_versions(question_id: str, _: AdminCaller, store: StoreDep) -> QuestionVersions:
    """Show what a labelled question was, newest first, and who changed it."""
    return await store.read(lambda session: _history(session, question_id))


@router.delete("/labelled-questions/{question_id}")
async def take_out_question(
    question_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep
) -> QuestionVersions:
    """Take a labelled question out; it can come back from its history."""
    now = clock.now()

    def write(session: Session) -> QuestionVersions:
        row = session.get(LabelledQuestion, question_id)
        if row is None:
            raise not_found("This question")
        index_again(session, row.kb, [row.split], by=caller.actor, now=now)
        remove_question(session, row, by=caller.actor, now=now)
        record_audit(session, caller.actor, "remove_question", at=now, subject=question_id)
        return _history(session, question_id)

    return await store.write(write)


@router.post("/labelled-questions/{question_id}/restore")
async def bring_back_question(
    question_id: str, body: QuestionRestore, caller: AdminCaller, store: StoreDep, clock: ClockDep
) -> QuestionVersions:
    """Make a labelled question say again what it said in one of its versions."""
    now = clock.now()

    def write(session: Session) -> QuestionVersions:
        found = versions_of(session, question_id)
        version = next((one for one in found if one.version == body.version), None)
        if version is None:
            raise not_found("This version")
        if version.deleted:
            raise ApiError(409, "version_is_a_removal", say("data.version_is_a_removal"))
        before = [] if found[0].deleted else [found[0].split]
        if restore_question(session, version, by=caller.actor, now=now):
            index_again(session, version.kb, [version.split, *before], by=caller.actor, now=now)
            details = {"version": body.version}
            record_audit(session, caller.actor, "restore_question", at=now, subject=question_id, details=details)
        return _history(session, question_id)

    return await store.write(write)


def names_of(session: Session) -> dict[str, str]:
    """Return each person's name by what the history calls them."""
    return {f"agent:{agent.id}": agent.name for agent in session.scalars(select(Agent))}


def _history(session: Session, question_id: str) -> QuestionVersions:
    names = names_of(session)
    versions = [QuestionVersionView.of(row, names) for row in versions_of(session, question_id)]
    if not versions:
        raise not_found("This question")
    return QuestionVersions(question_id=question_id, stands=not versions[0].deleted, versions=versions)
