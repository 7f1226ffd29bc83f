"""Recurring problems: now, and as the reports that are written every week."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.dependencies import CompanyDep, MeaningsDep, SettingsDep, StoreDep
from api.errors import not_found
from api.insight.period import Period
from api.insight.plots import bar_plot, scale_of_numbers
from api.insight.problem_report import Report, rising_words, weekly, write_report
from api.insight.problems import WEEKS, Problem
from api.insight.topics import Weeks, examples_of, read_problems, weeks_until
from api.processes.places import Places
from api.review.meaning import Meanings
from api.routes.insight import PLOT_POLICY, PeriodDep
from api.routes.reports import POLICY
from api.schemas.insight import PeriodView
from api.security.callers import AdminCaller
from api.strings.catalogue import say

router = APIRouter(prefix="/v1/insight/problems", tags=["insight"])

MOST_SHOWN = 25
HowMany = Annotated[int, Query(ge=2, le=26, description="Weeks, the last one of which is compared with the others.")]


class ProblemView(BaseModel):
    """One topic over the weeks."""

    kind: str  # article | intent | meaning
    key: str
    title: str
    weeks: list[int]
    last: int
    usual: float
    factor: float | None
    chance: float
    rising: bool
    words: str | None  # how much it rises
    handed_over: int
    unhappy: int
    examples: list[str]
    conversation_ids: list[str]  # of the last week
    plot: str  # address of its weeks as an SVG

    @classmethod
    def of(cls, problem: Problem, examples: list[str]) -> ProblemView:
        """Show a problem."""
        counts = ",".join(map(str, problem.weeks))
        return cls(
            kind=problem.topic.kind,
            key=problem.topic.key,
            title=problem.topic.title,
            weeks=list(problem.weeks),
            last=problem.last,
            usual=problem.usual,
            factor=problem.factor,
            chance=problem.chance,
            rising=problem.rising,
            words=rising_words(problem) if problem.rising else None,
            handed_over=problem.handed_over,
            unhappy=problem.unhappy,
            examples=examples,
            conversation_ids=[one.conversation_id for one in problem.asked],
            plot=f"/v1/insight/problems/weeks.svg?counts={counts}",
        )


class WrittenReport(BaseModel):
    """A report that was written."""

    last: date
    html: str
    csv: str


class ProblemsView(BaseModel):
    """What recurs, rising ones first."""

    period: PeriodView
    weeks: list[PeriodView]
    totals: list[int]
    problems: list[ProblemView]
    reports: list[WrittenReport]


@router.get("")
async def problems(
    _: AdminCaller, period: PeriodDep, store: StoreDep, meanings: MeaningsDep, settings: SettingsDep,
    weeks: HowMany = WEEKS,
) -> ProblemsView:  # fmt: skip
    """Show what recurred in so many weeks up to the period's last day, and the reports written so far."""
    asked = weeks_until(period, weeks)

    def read(session: Session) -> tuple[Weeks, list[ProblemView]]:
        found = read_problems(session, asked, meanings.vectors)
        shown = [one for one in found.problems if one.last][:MOST_SHOWN]
        return found, [ProblemView.of(one, examples_of(session, one)) for one in shown]

    found, shown = await store.read(read)
    written = await run_in_threadpool(_written, Places.of(settings).var / "reports")
    return ProblemsView(
        period=PeriodView.of(asked),
        weeks=[PeriodView.of(week) for week in weekly(found)],
        totals=list(found.totals),
        problems=shown,
        reports=written,
    )


@router.get("/weeks.svg", response_class=Response)
async def weeks_plot(_: AdminCaller, counts: Annotated[str, Query(pattern=r"^\d{1,6}(,\d{1,6}){0,25}$")]) -> Response:
    """Draw counts by week."""
    values = [float(count) for count in counts.split(",")]
    says = say("insight.weeks_says", title="", counts=counts.replace(",", ", "))
    drawn = bar_plot(values, scale_of_numbers(values), ("", ""), says=says, last=True)
    return Response(drawn, media_type="image/svg+xml", headers={"Content-Security-Policy": PLOT_POLICY})


@router.get("/report.html", response_class=Response)
async def report_page(
    _: AdminCaller, period: PeriodDep, store: StoreDep, meanings: MeaningsDep, company: CompanyDep,
    weeks: HowMany = WEEKS,
) -> Response:  # fmt: skip
    """Write the report now, as a page that stands alone."""
    report = await store.read(lambda session: _report(session, weeks_until(period, weeks), meanings, company.name))
    return _file(report.html.encode(), f"{period.last}.html", shown=True)


@router.get("/report.csv", response_class=Response)
async def report_table(
    _: AdminCaller, period: PeriodDep, store: StoreDep, meanings: MeaningsDep, company: CompanyDep,
    weeks: HowMany = WEEKS,
) -> Response:  # fmt: skip
    """Write the report now, as a table."""
    report = await store.read(lambda session: _report(session, weeks_until(period, weeks), meanings, company.name))
    return _file(report.csv.encode(), f"{period.last}.csv")


@router.get("/reports/{last}.html", response_class=Response)
async def written_page(last: date, _: AdminCaller, settings: SettingsDep) -> Response:
    """Show the page of a weekly report."""
    content = await run_in_threadpool(_read, Places.of(settings).var / "reports" / f"problems-{last}.html")
    return _file(content, f"{last}.html", shown=True)


@router.get("/reports/{last}.csv", response_class=Response)
async def written_table(last: date, _: AdminCaller, settings: SettingsDep) -> Response:
    """Fetch the table of a weekly report."""
    content = await run_in_threadpool(_read, Places.of(settings).var / "reports" / f"problems-{last}.csv")
    return _file(content, f"{last}.csv")


def _report(session: Session, period: Period, meanings: Meanings, company: str) -> Report:
    return write_report(session, read_problems(session, period, meanings.vectors), company)


def _written(folder: Path) -> list[WrittenReport]:
    days = sorted((page.stem.removeprefix("problems-") for page in folder.glob("problems-*.html")), reverse=True)
    url = "/v1/insight/problems/reports"
    return [
        WrittenReport(last=date.fromisoformat(day), html=f"{url}/{day}.html", csv=f"{url}/{day}.csv") for day in days
    ]


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise not_found(say("insight.no_report"))
    return path.read_bytes()


def _file(content: bytes, name: str, *, shown: bool = False) -> Response:
    if shown:
        return Response(content, media_type="text/html", headers={"Content-Security-Policy": POLICY})
    headers = {"Content-Disposition": f'attachment; filename="problems-{name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
