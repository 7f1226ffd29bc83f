"""The weekly report on recurring problems: written into `var/reports`, and told to whoever listens."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.company import Company, load_company
from api.insight.period import Period
from api.insight.problem_report import write_report
from api.insight.topics import read_problems, weeks_until
from api.review.meaning import Meanings
from api.store.events import record_event
from api.store.tables import Job, Message
from api.worker.jobs import JobFailed, Reporter, Work, enqueue
from api.worker.workshop import Workshop
from kb_index.storage import write_durably

KIND = "problems"


def report_problems(workshop: Workshop, work: Work, reporter: Reporter) -> None:
    """Write the report of the weeks up to `work.arguments["last"]`, an ISO date.

    Raises:
        JobFailed: the date cannot be read.
    """
    company = load_company(workshop.data_dir / "company.yml")
    try:
        last = date.fromisoformat(str(work.arguments.get("last")))
    except ValueError as error:
        raise JobFailed(f"no date: {work.arguments.get('last')!r}") from error
    period = weeks_until(Period(last, last, company.time_zone))
    reporter.stage("Reading what customers asked", 0.1)
    vectors = Meanings(workshop.places.encoder).vectors
    report = workshop.store.read_sync(
        lambda session: write_report(session, read_problems(session, period, vectors), company.name)
    )
    reporter.stage("Writing", 0.9)
    folder = workshop.places.var / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    for ending, text in (("html", report.html), ("csv", report.csv)):
        _replace(folder / f"{KIND}-{last}.{ending}", text)
    url = f"/v1/insight/problems/reports/{last}"
    payload = {"name": KIND, "last": last.isoformat(), "rising": report.rising,
               "html": f"{url}.html", "csv": f"{url}.csv"}  # fmt: skip
    now = workshop.clock.now()
    workshop.store.write_sync(lambda session: record_event(session, "report", at=now, payload=payload))
    reporter.finish({"last": last.isoformat(), "rising": report.rising})


def enqueue_report(session: Session, company: Company, now: datetime) -> str | None:
    """Queue the report of the week that ended last Sunday, once; None when it is there, or nobody wrote that week."""
    today = now.astimezone(ZoneInfo(company.time_zone)).date()
    last = today - timedelta(days=today.isoweekday())
    week = Period(last - timedelta(days=6), last, company.time_zone)
    arguments = {"last": last.isoformat()}
    made = session.scalars(select(Job).where(Job.kind == KIND, Job.created_at >= week.end))
    if any(job.arguments == arguments for job in made):
        return None
    wrote = select(func.count()).where(Message.created_at >= week.start, Message.created_at < week.end)
    if not session.scalar(wrote.where(Message.sender == "customer")):
        return None
    return enqueue(session, KIND, arguments, requested_by="schedule", now=now)


def _replace(path: Path, text: str) -> None:
    work = path.with_name(f".{path.name}")
    write_durably(work, text.encode())
    work.replace(path)
