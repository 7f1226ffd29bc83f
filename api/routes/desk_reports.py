"""What suggestions are worth: what agents do with them, the time they save, and the pairs to learn from."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.dependencies import ClockDep, CompanyDep, StoreDep
from api.desk.answers import answer_records
from api.desk.departments import standings
from api.desk.time_saved import Handled, handled, saved
from api.review.confirmed import confirmed_pairs, last_measured
from api.review.pairs import pairs
from api.schemas.desk_work import (
    AnswerRecords,
    ArticleRecordView,
    ConfirmedView,
    Departments,
    DepartmentView,
    Learning,
    Pairs,
    PairView,
    SavedView,
    TimeSaved,
)
from api.security.callers import AdminCaller

router = APIRouter(prefix="/v1", tags=["administration"])
MOST_CONFIRMED = 200  # shown; those that wait come first
Days = Annotated[int, Query(ge=1, le=366)]


@router.get("/reports/answers")
async def show_answers(
    _: AdminCaller,
    store: StoreDep,
    clock: ClockDep,
    days: Days = 30,
    kb: Annotated[str, Query(max_length=64)] = "main",
) -> AnswerRecords:
    """Show what agents did with suggestions, article by article."""
    since = clock.now() - timedelta(days=days)
    records = await store.read(lambda session: answer_records(session, kb, since=since))
    return AnswerRecords(since=since, articles=[ArticleRecordView.of(one) for one in records])


@router.get("/reports/time-saved")
async def show_time_saved(
    _: AdminCaller, store: StoreDep, clock: ClockDep, company: CompanyDep, days: Days = 30
) -> TimeSaved:
    """Compare chats with suggestions with the share that goes without, each with its interval."""
    since = clock.now() - timedelta(days=days)
    stays = await store.read(lambda session: handled(session, since=since))

    def compare() -> TimeSaved:
        return TimeSaved(
            since=since,
            share=company.desk.hold_out_share,
            reply=_saved([(one, one.reply_s) for one in stays]),
            handling=_saved([(one, one.handling_s) for one in stays]),
        )

    return await run_in_threadpool(compare)


@router.get("/desk/departments")
async def show_departments(_: AdminCaller, store: StoreDep, clock: ClockDep, company: CompanyDep) -> Departments:
    """Show the departments: what is whose business, who is there, and who waits."""
    now, known = clock.now(), company.desk.departments
    found = await store.read(lambda session: standings(session, company, now=now))
    return Departments(departments=[DepartmentView.of(one, known[one.name]) for one in found])


@router.get("/review/pairs")
async def show_pairs(
    _: AdminCaller,
    store: StoreDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    kb: Annotated[str, Query(max_length=64)] = "main",
) -> Pairs:
    """List questions that an article answered, to be confirmed with a label, and what became of those confirmed."""

    def read(session: Session) -> Pairs:
        measured = last_measured(session, kb)
        suspected = (measured or {}).get("suspected", {})
        return Pairs(
            pairs=[PairView.of(one) for one in pairs(session, limit=limit)],
            confirmed=[ConfirmedView.of(one, suspected) for one in confirmed_pairs(session, kb)[:MOST_CONFIRMED]],
            learning=None if measured is None else Learning.model_validate(measured),
        )

    return await store.read(read)


def _saved(measured: list[tuple[Handled, float | None]]) -> SavedView:
    return SavedView.of(saved([(one.aided, seconds) for one, seconds in measured if seconds is not None]))
